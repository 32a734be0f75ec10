#ifndef CJPEGSHIM_H
#define CJPEGSHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// libjpeg reports errors by calling a function that must not return, so that its callers need setjmp, which Swift cannot call.
// These two functions hold it: what goes wrong comes back as a message.

/// What a JPEG file says of its picture.
typedef struct {
    uint32_t columns;
    uint32_t rows;
    /// Samples of a decoded pixel: 1 (grey), 3 (red, green, blue) or 4 (cyan, magenta, yellow, black as stored).
    uint32_t channels;
    /// Arithmetic coding packs without a bound; Huffman's codes have at least one bit for each block.
    bool is_arithmetic;
    /// What is wrong, where something is.
    char message[256];
} jpeg_picture;

/// Reads the header. False, with a message, where there is none that can be decoded.
bool jpeg_shim_header(const uint8_t *bytes, size_t count, jpeg_picture *picture);

/// Decodes the picture, each side divided by `reduction` (1, 2, 4 or 8) and rounded up, pixel after pixel.
///
/// Strict: what ends early or is damaged inside is false, with a message, as are more than 500 scans and a picture that does not
/// fill exactly `capacity` bytes.
bool jpeg_shim_decode(const uint8_t *bytes, size_t count, unsigned reduction, uint8_t *samples, size_t capacity, jpeg_picture *picture);

#endif
