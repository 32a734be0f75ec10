#include "CPNGShim.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count;
    size_t position;
    png_bytepp rows;
    png_picture *picture;
} decoder;

static void fail(png_structp png, png_const_charp message) {
    decoder *self = png_get_error_ptr(png);
    snprintf(self->picture->message, sizeof self->picture->message, "%s", message);
    png_longjmp(png, 1);
}

static void stay_silent(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep bytes, size_t count) {
    decoder *self = png_get_io_ptr(png);
    if (count > self->count - self->position) png_error(png, "it is cut off");
    memcpy(bytes, self->bytes + self->position, count);
    self->position += count;
}

// Everything up to the pixels; the caller has called setjmp.
static void begin(decoder *self) {
    png_structp png = self->png;
    png_set_read_fn(png, self, read_bytes);
    png_set_benign_errors(png, 1);
    png_read_info(png, self->info);
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, self->info);
    self->picture->columns = png_get_image_width(png, self->info);
    self->picture->rows = png_get_image_height(png, self->info);
    self->picture->channels = png_get_channels(png, self->info);
}

static void decode(decoder *self, uint8_t *samples, size_t capacity) {
    const size_t rows = self->picture->rows, stride = png_get_rowbytes(self->png, self->info);
    if (stride * rows != capacity) png_error(self->png, "its picture has another size than its header");
    self->rows = malloc(rows * sizeof *self->rows);
    if (self->rows == NULL) png_error(self->png, "out of memory");
    for (size_t row = 0; row < rows; row += 1) self->rows[row] = samples + row * stride;
    png_read_image(self->png, self->rows);
}

static bool run(const uint8_t *bytes, size_t count, uint8_t *samples, size_t capacity, png_picture *picture) {
    memset(picture, 0, sizeof *picture);
    // Not in this frame: what setjmp's return may have lost.
    decoder *self = calloc(1, sizeof *self);
    if (self == NULL) {
        snprintf(picture->message, sizeof picture->message, "out of memory");
        return false;
    }
    self->bytes = bytes;
    self->count = count;
    self->picture = picture;
    self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, fail, stay_silent);
    if (self->png != NULL) self->info = png_create_info_struct(self->png);
    if (self->info == NULL) {
        snprintf(picture->message, sizeof picture->message, "libpng does not start (out of memory?)");
    } else if (setjmp(png_jmpbuf(self->png)) == 0) {
        begin(self);
        if (samples != NULL) decode(self, samples, capacity);
    }
    png_destroy_read_struct(&self->png, &self->info, NULL);
    free(self->rows);
    free(self);
    return picture->message[0] == 0;
}

bool png_shim_header(const uint8_t *bytes, size_t count, png_picture *picture) { return run(bytes, count, NULL, 0, picture); }

bool png_shim_decode(const uint8_t *bytes, size_t count, uint8_t *samples, size_t capacity, png_picture *picture) {
    return run(bytes, count, samples, capacity, picture);
}
