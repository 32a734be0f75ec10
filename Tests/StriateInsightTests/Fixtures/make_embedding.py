"""Writes embedding.json: what scikit-learn makes of 150 points in five groups. Needs numpy and scikit-learn."""
import json
import pathlib

import numpy as np
from scipy.spatial.distance import pdist, squareform
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, _t_sne

generator = np.random.default_rng(7)
centres = generator.normal(0, 4, (5, 6))
labels = np.arange(150) % 5
features = np.round(centres[labels] + generator.normal(0, 1, (150, 6)) + 3, 3).astype(np.float32)

pca = PCA(2, svd_solver="full").fit(features.astype(np.float64))
affinities = squareform(_t_sne._joint_probabilities(squareform(pdist(features, "sqeuclidean")).astype(np.float32), 20, 0))
# A descent ends in one of many valleys; which one, the last bits of its start decide.
divergences = [
    TSNE(perplexity=20, method="exact").fit(features + generator.normal(0, 1e-5, features.shape).astype(np.float32)).kl_divergence_
    for _ in range(5)
]

json.dump(
    {
        "columns": 6,
        "features": [round(float(value), 3) for value in features.ravel()],
        "coordinates": np.round(pca.transform(features.astype(np.float64)), 6).tolist(),
        "variances": pca.explained_variance_.tolist(),
        "shares": pca.explained_variance_ratio_.tolist(),
        "perplexity": 20,
        # Of the first ten points with all others.
        "affinities": [[float(f"{value:.6g}") for value in row] for row in affinities[:10]],
        "divergence": float(np.median(divergences)),
    },
    open(pathlib.Path(__file__).with_name("embedding.json"), "w"),
)
