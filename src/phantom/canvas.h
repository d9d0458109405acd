/* The planes a phantom is built from: path lengths of the beam through each kind of tissue. */
#ifndef PX_PHANTOM_CANVAS_H
#define PX_PHANTOM_CANVAS_H

#include "patient.h"

/** Lengths in patient units. */
typedef struct px_canvas {
    px_plane soft;    /**< flesh, as if there were no lungs */
    px_plane air;     /**< lung, where it replaces flesh */
    px_plane vessels; /**< blood vessels in the lungs, on top of `air` */
    px_plane bone;
    px_plane metal;     /**< leads and markers: grey added to the finished picture, in [0, 1] */
    px_plane scratch;   /**< free for each step to use */
    px_plane scratch_2; /**< likewise */
} px_canvas;

bool px_canvas_new(px_canvas *canvas, int size, px_error *err);
void px_canvas_clear(px_canvas *canvas);

/** Body, lungs, mediastinum, diaphragm, breasts, stomach: sets soft and air. */
void px_draw_trunk(px_canvas *canvas, const px_patient *patient, px_random *random);
/** Spine, ribs, clavicles, shoulders: sets bone. */
void px_draw_skeleton(px_canvas *canvas, const px_patient *patient, px_random *random);
/** Pulmonary vessels and hila: sets vessels. */
void px_draw_vessels(px_canvas *canvas, const px_patient *patient, px_random *random);
/** Trachea and main bronchi: thins soft. */
void px_draw_airways(px_canvas *canvas, const px_patient *patient, px_random *random);
/** Side marker, text, ECG leads: sets metal. */
void px_draw_attachments(px_canvas *canvas, const px_patient *patient, px_random *random);

#endif
