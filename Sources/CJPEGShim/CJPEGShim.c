#include "CJPEGShim.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

// A progressive file may repeat a scan of few bytes over a large picture; no encoder writes so many.
enum { most_scans = 500 };

typedef struct {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf end;
    jpeg_picture *picture;
} decoder;

static void fail(j_common_ptr info) {
    decoder *self = info->client_data;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    snprintf(self->picture->message, sizeof self->picture->message, "%s", text);
    longjmp(self->end, 1);
}

static void fail_because(decoder *self, const char *message) {
    snprintf(self->picture->message, sizeof self->picture->message, "%s", message);
    longjmp(self->end, 1);
}

// libjpeg goes on after damage, with grey where it lost the thread. Odd but harmless things are warnings too.
static void warn(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
    case JWRN_JPEG_EOF: case JWRN_HIT_MARKER: fail_because(info->client_data, "it is cut off");
    case JWRN_HUFF_BAD_CODE: case JWRN_ARITH_BAD_CODE: case JWRN_MUST_RESYNC: fail(info);
    default: return;
    }
}

static void stay_silent(j_common_ptr info) { (void)info; }

static void watch_scans(j_common_ptr info) {
    if (((j_decompress_ptr)info)->input_scan_number > most_scans) fail_because(info->client_data, "it has more than 500 scans");
}

// Everything up to the header; the caller has called setjmp.
static void begin(decoder *self, const uint8_t *bytes, size_t count) {
    jpeg_create_decompress(&self->info);
    self->info.client_data = self;
    self->progress.progress_monitor = watch_scans;
    self->info.progress = &self->progress;
    jpeg_mem_src(&self->info, bytes, count);
    jpeg_read_header(&self->info, TRUE);
    switch (self->info.num_components) {
    case 1: self->info.out_color_space = JCS_GRAYSCALE; break;
    case 3: self->info.out_color_space = JCS_RGB; break;
    case 4: self->info.out_color_space = JCS_CMYK; break;
    default: fail_because(self, "it has neither 1, 3 nor 4 components");
    }
    self->picture->columns = self->info.image_width;
    self->picture->rows = self->info.image_height;
    self->picture->channels = self->info.num_components;
    self->picture->is_arithmetic = self->info.arith_code;
}

static void prepare(decoder *self, jpeg_picture *picture) {
    memset(self, 0, sizeof *self);
    memset(picture, 0, sizeof *picture);
    self->picture = picture;
    self->info.err = jpeg_std_error(&self->errors);
    self->info.client_data = self;
    self->errors.error_exit = fail;
    self->errors.emit_message = warn;
    self->errors.output_message = stay_silent;
}

bool jpeg_shim_header(const uint8_t *bytes, size_t count, jpeg_picture *picture) {
    decoder self;
    prepare(&self, picture);
    if (setjmp(self.end) == 0) begin(&self, bytes, count);
    jpeg_destroy_decompress(&self.info);
    return picture->message[0] == 0;
}

static void decode(decoder *self, unsigned reduction, uint8_t *samples, size_t capacity) {
    self->info.scale_num = 1;
    self->info.scale_denom = reduction;
    jpeg_start_decompress(&self->info);
    const size_t stride = (size_t)self->info.output_width * self->info.output_components;
    if (stride * self->info.output_height != capacity) fail_because(self, "its picture has another size than its header");
    while (self->info.output_scanline < self->info.output_height) {
        JSAMPROW row = samples + self->info.output_scanline * stride;
        jpeg_read_scanlines(&self->info, &row, 1);
    }
    jpeg_finish_decompress(&self->info);
}

bool jpeg_shim_decode(const uint8_t *bytes, size_t count, unsigned reduction, uint8_t *samples, size_t capacity, jpeg_picture *picture) {
    decoder self;
    prepare(&self, picture);
    if (setjmp(self.end) == 0) {
        begin(&self, bytes, count);
        decode(&self, reduction, samples, capacity);
    }
    jpeg_destroy_decompress(&self.info);
    return picture->message[0] == 0;
}
