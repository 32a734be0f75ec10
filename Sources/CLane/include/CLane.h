#pragma once
#include <stdbool.h>
#include <stdint.h>

// The lane type of the build's target, and what Swift's SIMD types lack. Everything below compiles to one or a few
// instructions; SIMD.addProduct and most conversions of Swift's SIMD are loops over elements that may or may not vectorise.

#if defined(__AVX512F__)
#define LANE_WIDTH 16
#define LANE_REGISTERS 32
#elif defined(__AVX2__) && defined(__FMA__)
#define LANE_WIDTH 8
#define LANE_REGISTERS 16
#elif defined(__aarch64__)
#define LANE_WIDTH 4
#define LANE_REGISTERS 32
#else
#define LANE_WIDTH 4
#define LANE_REGISTERS 16
#endif

typedef float lane_f32 __attribute__((ext_vector_type(LANE_WIDTH)));
typedef float lane_f32_unaligned __attribute__((ext_vector_type(LANE_WIDTH), aligned(4)));
typedef int32_t lane_i32 __attribute__((ext_vector_type(LANE_WIDTH)));
typedef uint32_t lane_u32 __attribute__((ext_vector_type(LANE_WIDTH)));
typedef uint8_t lane_u8 __attribute__((ext_vector_type(LANE_WIDTH)));

#define LANE_INLINE static inline __attribute__((always_inline))

// a·b + c, rounded once.
LANE_INLINE lane_f32 lane_fma(lane_f32 a, lane_f32 b, lane_f32 c) {
#if defined(__FMA__) || defined(__aarch64__)
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;  // such a CPU would call a library for every element
#endif
}

// The larger of each pair; where either is NaN, b.
LANE_INLINE lane_f32 lane_max(lane_f32 a, lane_f32 b) { return a > b ? a : b; }

// The smaller of each pair; where either is NaN, b.
LANE_INLINE lane_f32 lane_min(lane_f32 a, lane_f32 b) { return a < b ? a : b; }

LANE_INLINE lane_f32 lane_sqrt(lane_f32 a) { return __builtin_elementwise_sqrt(a); }

LANE_INLINE lane_f32 lane_abs(lane_f32 a) { return __builtin_elementwise_abs(a); }

// The magnitude of a with the sign of b.
LANE_INLINE lane_f32 lane_copysign(lane_f32 a, lane_f32 b) { return __builtin_elementwise_copysign(a, b); }

// To the nearest integer below, or above.
LANE_INLINE lane_f32 lane_floor(lane_f32 a) { return __builtin_elementwise_floor(a); }
LANE_INLINE lane_f32 lane_ceil(lane_f32 a) { return __builtin_elementwise_ceil(a); }

// To the nearest integer, ties to even.
LANE_INLINE lane_f32 lane_round(lane_f32 a) { return __builtin_elementwise_roundeven(a); }

// a · 2ⁿ for whole n from −300 to 300, also where the result is subnormal or infinite.
LANE_INLINE lane_f32 lane_scale(lane_f32 a, lane_f32 n) {
#if defined(__AVX512F__)
    return __builtin_ia32_scalefps512_mask(a, n, a, (uint16_t)-1, 4);
#else
    lane_i32 whole = __builtin_convertvector(n, lane_i32), half = whole >> 1;
    return a * (lane_f32)((half + 127) << 23) * (lane_f32)((whole - half + 127) << 23);
#endif
}

// 2ⁿ for whole n from −127 (then 0) to 127, given n + 12583039: a float of that size ends in the bits of a biased exponent.
LANE_INLINE lane_f32 lane_power(lane_f32 shifted) { return (lane_f32)((lane_i32)shifted << 23); }

// A normal, positive a is 2ⁿ · m with m from √½ to √2: n, and m.
LANE_INLINE lane_f32 lane_exponent(lane_f32 a) {
    return __builtin_convertvector(((lane_i32)a - 0x3f3504f3) >> 23, lane_f32);
}
LANE_INLINE lane_f32 lane_significand(lane_f32 a) {
    return (lane_f32)((lane_i32)a - ((((lane_i32)a - 0x3f3504f3) >> 23) << 23));
}

LANE_INLINE lane_f32 lane_select(lane_i32 mask, lane_f32 a, lane_f32 b) { return mask ? a : b; }
LANE_INLINE lane_i32 lane_greater(lane_f32 a, lane_f32 b) { return a > b; }
LANE_INLINE lane_i32 lane_less(lane_f32 a, lane_f32 b) { return a < b; }
LANE_INLINE lane_i32 lane_equal(lane_f32 a, lane_f32 b) { return a == b; }
LANE_INLINE lane_i32 lane_is_nan(lane_f32 a) { return a != a; }

// start, start + 1, …: modulo 2³², as all whole numbers here.
LANE_INLINE lane_u32 lane_counting(uint32_t start) {
    lane_u32 numbers;
    for (int i = 0; i < LANE_WIDTH; i++) numbers[i] = start + (uint32_t)i;
    return numbers;
}

// A 32-bit mixing function: all bits of the result depend on all bits of a (constants of Wellons' lowbias32).
LANE_INLINE lane_u32 lane_mixed(lane_u32 a) {
    a = (a ^ a >> 16) * 0x7feb352du;
    a = (a ^ a >> 15) * 0x846ca68bu;
    return a ^ a >> 16;
}

LANE_INLINE lane_i32 lane_below(lane_u32 a, uint32_t bound) { return a < (lane_u32)bound; }

// One picture's neighbouring bytes as floats. Neither needs to be aligned.
LANE_INLINE lane_f32 lane_from_bytes(const uint8_t *_Nonnull bytes) {
    lane_u8 v;
    __builtin_memcpy(&v, bytes, sizeof v);
    return __builtin_convertvector(v, lane_f32);
}

LANE_INLINE lane_f32 lane_load(const float *_Nonnull floats) {
    lane_f32 v;
    __builtin_memcpy(&v, floats, sizeof v);
    return v;
}

LANE_INLINE void lane_store(float *_Nonnull floats, lane_f32 v) { __builtin_memcpy(floats, &v, sizeof v); }

// Only the first so many elements.
LANE_INLINE void lane_store_first(float *_Nonnull floats, lane_f32 v, int count) {
#if defined(__AVX512F__)
    __builtin_ia32_storeups512_mask(floats, v, (uint16_t)((1u << count) - 1));
#else
    for (int i = 0; i < count; i++) floats[i] = v[i];
#endif
}

// Turns LANE_WIDTH rows of LANE_WIDTH floats into columns. Rows lie so many floats apart; both squares may be the same.
LANE_INLINE void lane_transpose(const float *_Nonnull from, intptr_t from_step, float *_Nonnull to, intptr_t to_step) {
    // Swift aligns its own SIMD locals to 16 bytes alone.
    lane_f32 rows[LANE_WIDTH];
    for (int i = 0; i < LANE_WIDTH; i++) rows[i] = *(const lane_f32_unaligned *)(from + i * from_step);
#if LANE_WIDTH == 16
    // Elements within quarters first, quarters last: each of these shuffles is one instruction.
    for (int i = 0; i < 16; i += 4) {
        lane_f32 a = rows[i], b = rows[i + 1], c = rows[i + 2], d = rows[i + 3];
        lane_f32 ab = __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
        lane_f32 AB = __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
        lane_f32 cd = __builtin_shufflevector(c, d, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
        lane_f32 CD = __builtin_shufflevector(c, d, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
        rows[i] = __builtin_shufflevector(ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
        rows[i + 1] = __builtin_shufflevector(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        rows[i + 2] = __builtin_shufflevector(AB, CD, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
        rows[i + 3] = __builtin_shufflevector(AB, CD, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
    for (int i = 0; i < 4; i++) {
        lane_f32 a = rows[i], b = rows[i + 4], c = rows[i + 8], d = rows[i + 12];
        lane_f32 ab = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        lane_f32 AB = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        lane_f32 cd = __builtin_shufflevector(c, d, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        lane_f32 CD = __builtin_shufflevector(c, d, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        rows[i] = __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        rows[i + 8] = __builtin_shufflevector(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        rows[i + 4] = __builtin_shufflevector(AB, CD, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        rows[i + 12] = __builtin_shufflevector(AB, CD, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
#elif LANE_WIDTH == 8
    for (int i = 0; i < 4; i++) {
        lane_f32 a = rows[i], b = rows[i + 4];
        rows[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        rows[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    }
    for (int j = 0; j < 8; j += 4)
        for (int i = j; i < j + 2; i++) {
            lane_f32 a = rows[i], b = rows[i + 2];
            rows[i] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
            rows[i + 2] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int i = 0; i < 8; i += 2) {
        lane_f32 a = rows[i], b = rows[i + 1];
        rows[i] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
        rows[i + 1] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
#else
    for (int i = 0; i < 2; i++) {
        lane_f32 a = rows[i], b = rows[i + 2];
        rows[i] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
        rows[i + 2] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    }
    for (int i = 0; i < 4; i += 2) {
        lane_f32 a = rows[i], b = rows[i + 1];
        rows[i] = __builtin_shufflevector(a, b, 0, 4, 2, 6);
        rows[i + 1] = __builtin_shufflevector(a, b, 1, 5, 3, 7);
    }
#endif
    for (int i = 0; i < LANE_WIDTH; i++) *(lane_f32_unaligned *)(to + i * to_step) = rows[i];
}

#if defined(__AVX512BF16__)
#define LANE_HAS_BF16 1
#else
#define LANE_HAS_BF16 0
#endif

// Two floats in the place of one: each rounded to bfloat16 (ties to even), low in the lower half of an element, high in the upper.
LANE_INLINE lane_f32 lane_pair(lane_f32 low, lane_f32 high) {
#if defined(__AVX512BF16__)
    typedef uint16_t halves __attribute__((ext_vector_type(16)));
    typedef __bf16 rounded __attribute__((ext_vector_type(16)));
    lane_u32 l = __builtin_convertvector((halves)__builtin_convertvector(low, rounded), lane_u32);
    lane_u32 h = __builtin_convertvector((halves)__builtin_convertvector(high, rounded), lane_u32);
    return (lane_f32)(l | h << 16);
#else
    lane_u32 l = (lane_u32)low, h = (lane_u32)high;
    lane_u32 rounded_l = (l + 0x7fff + (l >> 16 & 1)) >> 16, rounded_h = (h + 0x7fff + (h >> 16 & 1)) & 0xffff0000u;
    return (lane_f32)(rounded_l | rounded_h);  // NaNs with few bits may become infinite: no processor that runs pairs comes here
#endif
}

// c + both products of each pair.
LANE_INLINE lane_f32 lane_dot(lane_f32 a, lane_f32 b, lane_f32 c) {
#if defined(__AVX512BF16__)
    typedef __bf16 halves __attribute__((ext_vector_type(32)));
    return __builtin_ia32_dpbf16ps_512(c, (halves)a, (halves)b);
#else
    lane_u32 x = (lane_u32)a, y = (lane_u32)b;
    c = c + (lane_f32)(x & 0xffff0000u) * (lane_f32)(y & 0xffff0000u);
    return c + (lane_f32)(x << 16) * (lane_f32)(y << 16);
#endif
}

// Neighbouring elements as pairs: half a lane of them.
LANE_INLINE void lane_store_pairs(float *_Nonnull pairs, lane_f32 v) {
#if defined(__AVX512BF16__)
    typedef __bf16 rounded __attribute__((ext_vector_type(16)));
    rounded h = __builtin_convertvector(v, rounded);
    __builtin_memcpy(pairs, &h, sizeof h);
#else
    lane_u32 u = (lane_u32)v;
    u = (u + 0x7fff + (u >> 16 & 1)) >> 16;
    for (int i = 0; i < LANE_WIDTH / 2; i++) {
        uint32_t pair = u[2 * i] | u[2 * i + 1] << 16;
        __builtin_memcpy(pairs + i, &pair, sizeof pair);
    }
#endif
}

// Zeros for as many lanes as a register tile has sums.
LANE_INLINE const void *_Nonnull lane_zeros(void) {
    static const lane_f32 zeros[24];
    return zeros;
}

// Asks for memory that is soon read; any address will do.
LANE_INLINE void lane_prefetch(const void *_Nonnull address) { __builtin_prefetch(address, 0, 3); }

// Tells the processor that this is a waiting loop.
LANE_INLINE void lane_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// What the code that includes this header was compiled for.
enum { lane_needs_avx2 = 1, lane_needs_avx512 = 2, lane_needs_fma = 4, lane_needs_avx512_extras = 8, lane_needs_bf16 = 16 };

LANE_INLINE uint32_t lane_build_needs(void) {
    uint32_t needs = 0;
#if defined(__AVX2__)
    needs |= lane_needs_avx2;
#endif
#if defined(__FMA__)
    needs |= lane_needs_fma;
#endif
#if defined(__AVX512F__)
    needs |= lane_needs_avx512;
#endif
#if defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
    needs |= lane_needs_avx512_extras;
#endif
#if defined(__AVX512BF16__)
    needs |= lane_needs_bf16;
#endif
    return needs;
}

// The first of these needs that this processor lacks, by name, or null. Compiled for any processor of the family.
const char *_Nullable lane_missing_feature(uint32_t needs);

// How many processors this process may use.
int lane_processor_count(void);
