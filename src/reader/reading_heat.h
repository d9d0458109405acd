/* Heat maps of a reading, from what its members computed. */
#ifndef PX_READER_READING_HEAT_H
#define PX_READER_READING_HEAT_H

#include "reader_parts.h"

/** What one reading gives to the members and gets from them. */
typedef struct px_pass {
    int n_inputs, n_members;
    float **inputs;   /**< [reader's n_specs], n_inputs of them made */
    float **outputs;  /**< [n_members][n_outputs] probabilities */
    float **features; /**< [n_members][features.h, .w, .c]; NULL entries without heat maps */
} px_pass;

/**
 * Fill in heat, raw_heat and box of every finding.
 *
 * @param cropped  members saw the radiograph through their crop (false for tensors).
 * @param reading  sizes and findings set; the maps' memory becomes the reading's.
 */
bool px_reading_add_heat(const px_reader *reader, const px_pass *pass, bool cropped,
                         px_reading *reading, px_error *err);

#endif
