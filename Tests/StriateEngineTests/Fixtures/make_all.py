#!/usr/bin/env python3
"""Makes every fixture of this folder anew:

    python3 -m pip install torch safetensors numpy && python3 make_all.py
"""

import pathlib
import runpy

for script in sorted(pathlib.Path(__file__).parent.glob("make_*.py")):
    if script.name != "make_all.py":
        runpy.run_path(str(script), run_name="__main__")
