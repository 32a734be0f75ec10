#ifndef CPNGSHIM_H
#define CPNGSHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// libpng reports errors by calling a function that must not return, so that its callers need setjmp, which Swift cannot call. Its
// simplified interface would do without, but it corrects gammas and rounds 16 bits, where what trains networks (Pillow) takes samples as they are.

/// What a PNG file says of its picture, as it is decoded.
typedef struct {
    uint32_t columns;
    uint32_t rows;
    /// Samples of a decoded pixel: 1 (grey), 2 (grey, alpha), 3 (red, green, blue) or 4 (with alpha).
    uint32_t channels;
    /// What is wrong, where something is.
    char message[256];
} png_picture;

/// Reads the header. False, with a message, where there is none that can be decoded.
bool png_shim_header(const uint8_t *bytes, size_t count, png_picture *picture);

/// Decodes the picture to 8 bits a sample, pixel after pixel: palettes become RGB, few bits are spread, of 16 bits the upper 8 remain.
///
/// False, with a message, where it is damaged or does not fill exactly `capacity` bytes.
bool png_shim_decode(const uint8_t *bytes, size_t count, uint8_t *samples, size_t capacity, png_picture *picture);

#endif
