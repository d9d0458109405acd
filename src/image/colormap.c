/* Colour maps by name. Viridis and inferno are S. van der Walt's and N. Smith's maps (2015, CC0) as
 * the polynomials of degree 6 that M. Zucker fitted to them (2019, CC0): within 2 % of the tables.
 */
#include "colormap.h"

#include <math.h>
#include <string.h>

#define DEGREE 6

static const char *const names[PX_COLORMAPS] = {"turbo", "viridis", "inferno", "grey"};

/* Coefficients of x^0 to x^6 for red, green, blue. */
static const double viridis[3][DEGREE + 1] = {
    {0.2777273272, 0.1050930431, -0.3308618287, -4.6342304990, 6.2282699363, 4.7763849977,
     -5.4354558559},
    {0.0054073443, 1.4046135299, 0.2148475595, -5.7991009734, 14.1799333668, -13.7451453777,
     4.6458526122},
    {0.3340998053, 1.3845901626, 0.0950951630, -19.3324409563, 56.6905526007, -65.3530326334,
     26.3124352496},
};
static const double inferno[3][DEGREE + 1] = {
    {0.0002189404, 0.1065134195, 11.6024930825, -41.7039961314, 77.1629356994, -71.3194282450,
     25.1311262248},
    {0.0016510046, 0.5639564368, -3.9728539657, 17.4363988821, -33.4023589421, 32.6260642640,
     -12.2426689524},
    {-0.0194808984, 3.9327123889, -15.9423941063, 44.3541451987, -81.8073092574, 73.2095198580,
     -23.0703250029},
};

bool px_colormap_from_name(const char *name, px_colormap *map) {
    for (int i = 0; i < PX_COLORMAPS; i++)
        if (strcmp(names[i], name) == 0) {
            *map = (px_colormap)i;
            return true;
        }
    return false;
}

const char *px_colormap_name(px_colormap map) {
    return names[map];
}

static void evaluate(const double coefficients[3][DEGREE + 1], double x, uint8_t rgb[3]) {
    for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int power = DEGREE; power >= 0; power--)
            sum = sum * x + coefficients[c][power];
        rgb[c] = (uint8_t)lrint(255 * fmin(fmax(sum, 0), 1));
    }
}

void px_colormap_rgb(px_colormap map, float value, uint8_t rgb[3]) {
    double x = value > 0 ? fmin(value, 1) : 0;
    switch (map) {
    case PX_COLORMAP_VIRIDIS:
        evaluate(viridis, x, rgb);
        break;
    case PX_COLORMAP_INFERNO:
        evaluate(inferno, x, rgb);
        break;
    case PX_COLORMAP_GREY:
        memset(rgb, (int)lrint(255 * x), 3);
        break;
    case PX_COLORMAP_TURBO:
    case PX_COLORMAPS:
        px_colormap_turbo(value, rgb);
        break;
    }
}
