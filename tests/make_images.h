/* PNG and JPEG files of every kind, made in memory for tests and fuzz corpora. A failure to make
 * one is a bug in the caller and ends the program. */
#ifndef MAKE_IMAGES_H
#define MAKE_IMAGES_H

#include "../src/base/buffer.h"

enum { MAKE_EXIF_SIZE = 26 };

typedef struct png_kind {
    int width, height;
    int bit_depth;    /**< 1, 2, 4, 8 or 16 */
    int colour_type;  /**< of the PNG specification: 0 grey, 2 RGB, 3 palette, 4 and 6 with alpha */
    bool interlaced;  /**< Adam7 */
    bool transparent; /**< a tRNS chunk: of the palette, or one colour (that of pixel 0, 0) */
    int orientation;  /**< 0: no eXIf chunk */
} png_kind;

typedef enum {
    JPEG_GREY,
    JPEG_YCBCR,
    JPEG_RGB,
    JPEG_CMYK,
    JPEG_YCCK,
    JPEG_TWO, /**< two components that mean nothing */
} jpeg_colours;

typedef struct jpeg_kind {
    int width, height;
    jpeg_colours colours;
    bool subsampled; /**< 4:2:0 */
    bool progressive;
    bool no_adobe;   /**< CMYK without Adobe's marker: inks are stored as they are */
    bool restarts;   /**< a restart marker in each row of blocks */
    int orientation; /**< 0: no EXIF segment */
    bool big_endian; /**< of the EXIF segment */
} jpeg_kind;

/** Sample of the PNG pattern, in [0, 2^bits): busy, every level occurs. */
unsigned make_sample(int x, int y, int channel, int bits);
/** Colour and opacity of a palette entry; opaque where no tRNS chunk is made. */
void make_palette_entry(int index, uint8_t rgba[4]);
/** Sample of the JPEG pattern, in [0, 255]: smooth, no two corners alike. For CMYK: ink, 255 full.
 */
uint8_t make_smooth_sample(int x, int y, int channel, int width, int height);

/** The TIFF block of an EXIF segment with nothing but an orientation. */
void make_exif(int orientation, bool big_endian, uint8_t exif[MAKE_EXIF_SIZE]);

void make_png(const png_kind *kind, px_buffer *out);
void make_jpeg(const jpeg_kind *kind, px_buffer *out);
/** A grey progressive JPEG of 8 x 8 pixels with 127 scans. */
void make_jpeg_of_many_scans(px_buffer *out);

/** Make one small file of each kind and hand it on with a file name. */
typedef void (*make_each)(void *context, const char *name, const px_buffer *file);
void make_every_image(make_each each, void *context);

#endif
