#!/usr/bin/python3
# Compare decoding, resizing and equalising with OpenCV's: opencv_compare.py PREPARE_TOOL
import glob
import itertools
import os
import subprocess
import sys
import tempfile

try:
    import cv2
    import numpy as np
except ImportError:
    sys.exit(77)  # Meson: skipped

TOOL = sys.argv[1]
SIZES = [(1, 1), (2, 3), (7, 5), (16, 16), (100, 75), (333, 251), (448, 448), (600, 1001)]
TARGETS = [(224, 224), (75, 99), (1, 1), (500, 3)]
LEVEL = 1.001  # what may differ, in levels of 256
random = np.random.default_rng(7)
worst = {}


def prepare(path, width, height, channels, crop='none', equalise='none', resize='bilinear'):
    """The tensor in grey levels, [height, width, channels]."""
    out = subprocess.run([TOOL, path, str(width), str(height), str(channels), crop, equalise,
                          resize, 'unit'], check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(out, '<f4').reshape(height, width, channels) * 255.0


def radiograph(size, channels, dtype):
    """Smooth blobs and noise, of any size."""
    width, height = size
    image = random.random((height, width, channels))
    image = cv2.resize(cv2.GaussianBlur(image, (0, 0), 2.0), (width, height))
    image = (image - image.min()) / max(np.ptp(image), 1e-9)
    image = np.clip(image + random.normal(0, 0.02, image.shape), 0, 1)
    return (image * np.iinfo(dtype).max).astype(dtype)


def levels(image, height, width):
    """OpenCV's image as [height, width, RGB or grey] in grey levels."""
    grey = image.reshape(height, width, -1)[..., ::-1].astype(np.float64)
    return grey / 257 if image.dtype == np.uint16 else grey


def compare(what, ours, theirs):
    difference = float(np.abs(ours - theirs).max())
    worst[what] = max(worst.get(what, 0), difference)


def compare_made_images(path):
    for size, channels, dtype in itertools.product(SIZES, (1, 3), (np.uint8, np.uint16)):
        image = radiograph(size, channels, dtype)
        cv2.imwrite(path, image)
        for width, height in TARGETS:
            for name, flag in ('bilinear', cv2.INTER_LINEAR), ('area', cv2.INTER_AREA):
                theirs = cv2.resize(image, (width, height), interpolation=flag)
                compare(name, prepare(path, width, height, channels, resize=name),
                        levels(theirs, height, width))
        if channels == 3:
            continue
        width, height = size
        compare('clahe', prepare(path, width, height, 1, equalise='clahe'),
                levels(cv2.createCLAHE(2.0, (8, 8)).apply(image), height, width))
        if dtype == np.uint8:
            compare('global', prepare(path, width, height, 1, equalise='global'),
                    levels(cv2.equalizeHist(image), height, width))


def compare_radiographs(folder):
    for path in sorted(glob.glob(os.path.join(folder, '*.jpg')))[:20]:
        theirs = cv2.resize(cv2.imread(path), (224, 224))
        compare('radiographs', prepare(path, 224, 224, 3), levels(theirs, 224, 224))


with tempfile.TemporaryDirectory() as temporary:
    compare_made_images(os.path.join(temporary, 'image.png'))
compare_radiographs(os.path.join(os.path.dirname(__file__), '../../shared/data/nih/valid'))
for what, difference in worst.items():
    print(f'{what}: at most {difference:.4f} of 256 levels apart')
sys.exit(max(worst.values()) > LEVEL)
