#!/usr/bin/python3
# Writes tests/stats_reference.h: what scikit-learn, SciPy and plain formulas make of random cases.
# Usage: make_stats_reference.py | clang-format --style=file >stats_reference.h
# Needs Debian 12's python3-sklearn (1.2) and python3-scipy (1.10). The cases' rows are not stored:
# C and Python make them by the same generator (src/base/random.c, and below) in exact arithmetic.
import math
import sys

import numpy as np
import scipy
import sklearn
from scipy import optimize, stats
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

MASK = (1 << 64) - 1


class Random:
    """xoshiro256**, seeded by SplitMix64, as src/base/random.c."""

    def __init__(self, seed, stream):
        mixed, _ = self._split(stream)
        state = (seed ^ mixed) & MASK
        self.s = []
        for _ in range(4):
            value, state = self._split(state)
            self.s.append(value)

    @staticmethod
    def _split(state):
        state = (state + 0x9e3779b97f4a7c15) & MASK
        z = ((state ^ state >> 30) * 0xbf58476d1ce4e5b9) & MASK
        z = ((z ^ z >> 27) * 0x94d049bb133111eb) & MASK
        return z ^ z >> 31, state

    def u64(self):
        def rotate(value, bits):
            return (value << bits | value >> (64 - bits)) & MASK
        s = self.s
        result = rotate(s[1] * 5 & MASK, 7) * 9 & MASK
        shifted = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotate(s[3], 45)
        return result

    def uniform(self):
        return float(self.u64() >> 11) * 2.0 ** -53


def rows(n, levels, prevalence, seed):
    """As stats_rows_make in tests/stats_rows.c: two scores, label, weight 0 to 3."""
    random = Random(seed, 0)
    table = []
    for _ in range(n):
        label = int(random.uniform() < prevalence)
        scores = []
        for _ in range(2):
            score = random.uniform()
            if label:
                score = 1 - (1 - score) * random.uniform()
            if levels:
                score = math.floor(score * levels) / levels
            scores.append(score)
        weight = int(random.uniform() * 4)
        table.append((*scores, label, weight))
    a, b, y, w = (np.array(column) for column in zip(*table))
    return a, b, y.astype(int), w.astype(int)


def placements(score, y):
    """DeLong's structural components by comparing all pairs."""
    positive, negative = score[y == 1], score[y == 0]
    kernel = (positive[:, None] > negative[None]) + 0.5 * (positive[:, None] == negative[None])
    return kernel.mean(axis=1), kernel.mean(axis=0)


def covariance(a, b, y):
    (pa, na), (pb, nb) = placements(a, y), placements(b, y)
    return np.cov(pa, pb) / len(pa) + np.cov(na, nb) / len(na)


def logit(score):
    limited = np.clip(score, 1e-7, 1 - 1e-7)
    return np.log(limited / (1 - limited))


def platt(score, y):
    positives, negatives = y.sum(), (1 - y).sum()
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    z = logit(score)

    def gradient(x):
        miss = scipy.special.expit(x[0] * z + x[1]) - target
        return [(miss * z).sum(), miss.sum()]
    start = optimize.minimize(
        lambda x: (np.logaddexp(0, x[0] * z + x[1]) - target * (x[0] * z + x[1])).sum(),
        [1, 0], method='BFGS').x
    return optimize.root(gradient, start, method='hybr', options={'xtol': 1e-15}).x


def temperature(score, y):
    z = logit(score)

    def gradient(scale):
        return (z * (scipy.special.expit(scale * z) - y)).sum()
    if gradient(0.01) >= 0:
        return 100
    if gradient(100) <= 0:
        return 0.01
    return 1 / optimize.brentq(gradient, 0.01, 100, xtol=1e-15, rtol=1e-14)


def calibration_error(score, y, bins):
    edges = np.arange(1, bins) / bins
    where = np.searchsorted(edges, score, side='left')
    return sum(abs(y[where == b].sum() - score[where == b].sum()) for b in range(bins)) / len(y)


def wilson(k, n):
    if n == 0:
        return [math.nan] * 2
    interval = stats.binomtest(int(k), int(n)).proportion_ci(0.95, method='wilson')
    return [interval.low, interval.high]


def kappa_error(a, b):
    table = metrics.confusion_matrix(a, b, labels=[0, 1]) / len(a)
    row, column = table.sum(axis=1), table.sum(axis=0)
    expected, kappa = (row * column).sum(), metrics.cohen_kappa_score(a, b)
    agreed = sum(table[i, i] * (1 - (row[i] + column[i]) * (1 - kappa)) ** 2 for i in range(2))
    apart = (1 - kappa) ** 2 * sum(table[i, 1 - i] * (column[i] + row[1 - i]) ** 2
                                   for i in range(2))
    rest = (kappa - expected * (1 - kappa)) ** 2
    return math.sqrt((agreed + apart - rest) / len(a)) / (1 - expected)


def net_benefit(score, y, threshold):
    decided = score >= threshold
    return ((decided & (y == 1)).mean()
            - (decided & (y == 0)).mean() * threshold / (1 - threshold))


def logit_interval(k, n, false_k, false_n, prevalence):
    """Mercaldo et al. 2007, of the predictive value."""
    if k in (0, n) or false_k in (0, false_n):
        return [math.nan] * 2
    hit, alarm = k / n, false_k / false_n
    value = hit * prevalence / (hit * prevalence + alarm * (1 - prevalence))
    error = math.sqrt((1 - hit) / hit / n + (1 - alarm) / alarm / false_n)
    middle = math.log(value / (1 - value))
    return [float(scipy.special.expit(middle + sign * stats.norm.ppf(0.975) * error))
            for sign in (-1, 1)]


def first_best(values, thresholds, allowed=None):
    """The highest of the thresholds (descending) with the greatest value."""
    values = np.where(allowed, values, -np.inf) if allowed is not None else values
    best = np.max(values[1:])
    at = 1 + np.argmax(values[1:] > best - 1e-12)
    return [best, thresholds[at]]


def measure(a, b, y, w):
    n, decisions = len(y), (a >= 0.5).astype(int)
    fpr, tpr, thresholds = metrics.roc_curve(y, a, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(y, a)
    index = np.arange(1, len(fpr) + 1)
    tn, fp, fn, tp = metrics.confusion_matrix(y, decisions, labels=[0, 1]).ravel()
    both = covariance(a, b, y)
    auc_a, auc_b = metrics.roc_auc_score(y, a), metrics.roc_auc_score(y, b)
    variance = both[0, 0] + both[1, 1] - 2 * both[0, 1]
    z = (auc_a - auc_b) / math.sqrt(variance)
    half = stats.norm.ppf(0.975)
    jaccard = wilson(tp, tp + fp + fn)
    tps, fps = tpr * y.sum(), fpr * (1 - y).sum()
    f1 = 2 * tps / (tps + fps + y.sum())
    cost = 1 * 0.8 * fpr + 5 * 0.2 * (1 - tpr)
    queries = np.array([0, 0.123, 0.35, 0.5, 0.77, 0.9, 1])
    isotonic = IsotonicRegression(out_of_bounds='clip').fit(a, y).predict(queries)
    slope, shift = platt(a, y)
    values = [
        ('points', len(fpr)), ('sum_tpr', (index * tpr).sum()), ('sum_fpr', (index * fpr).sum()),
        ('sum_thresholds', (index * thresholds)[1:].sum()),
        ('sum_precision', precision.sum()), ('sum_recall', recall.sum()),
        ('auc', auc_a), ('auc_b', auc_b), ('variance', both[0, 0]),
        ('auc_low', max(0, auc_a - half * math.sqrt(both[0, 0]))),
        ('auc_high', min(1, auc_a + half * math.sqrt(both[0, 0]))),
        ('difference_variance', variance), ('difference_z', z),
        ('difference_p', 2 * stats.norm.sf(abs(z))),
        ('average_precision', metrics.average_precision_score(y, a)),
        ('youden', first_best(tpr - fpr, thresholds)),
        ('at_sensitivity', first_best(1 - fpr, thresholds, tpr >= 0.8)),
        ('at_specificity', first_best(tpr, thresholds, 1 - fpr >= 0.5)),
        ('at_cost', first_best(-cost, thresholds)), ('at_f1', first_best(f1, thresholds)),
        ('tp', tp), ('fp', fp), ('tn', tn), ('fn', fn),
        ('sensitivity', wilson(tp, tp + fn)), ('specificity', wilson(tn, tn + fp)),
        ('ppv', wilson(tp, tp + fp)), ('npv', wilson(tn, tn + fn)),
        ('accuracy', wilson(tp + tn, n)), ('f1', metrics.f1_score(y, decisions)),
        ('f1_interval', [2 * j / (1 + j) for j in jaccard]),
        ('ppv_at_tenth', logit_interval(tp, tp + fn, fp, fp + tn, 0.1)),
        ('npv_at_tenth', logit_interval(tn, fp + tn, fn, tp + fn, 0.9)),
        ('brier', metrics.brier_score_loss(y, a)),
        ('log_loss', metrics.log_loss(y, a, eps=1e-15)),
        ('calibration_error', calibration_error(a, y, 10)),
        ('platt', [slope, shift]), ('temperature', temperature(a, y)), ('isotonic', isotonic),
        ('kappa', metrics.cohen_kappa_score(decisions, b >= 0.5)),
        ('kappa_error', kappa_error(decisions, (b >= 0.5).astype(int))),
        ('net_benefit', [net_benefit(a, y, t) for t in (0.1, 0.5, 0.8)]),
        ('weighted_auc', metrics.roc_auc_score(y, a, sample_weight=w)),
        ('weighted_average_precision', metrics.average_precision_score(y, a, sample_weight=w)),
        ('weighted_brier', metrics.brier_score_loss(y, a, sample_weight=w)),
        ('weighted_log_loss', metrics.log_loss(y, a, eps=1e-15, sample_weight=w)),
        ('weighted_accuracy', metrics.accuracy_score(y, decisions, sample_weight=w)),
        ('weighted_f1', metrics.f1_score(y, decisions, sample_weight=w)),
        ('weighted_sensitivity', metrics.recall_score(y, decisions, sample_weight=w)),
        ('weighted_specificity', metrics.recall_score(1 - y, 1 - decisions, sample_weight=w)),
        ('weighted_ppv', metrics.precision_score(y, decisions, sample_weight=w)),
        ('weighted_npv', metrics.precision_score(1 - y, 1 - decisions, sample_weight=w)),
    ]
    return values


CASES = [(12, 0, 0.5, 1), (20, 4, 0.5, 3), (40, 0, 0.3, 4), (60, 3, 0.3, 5), (100, 10, 0.5, 6),
         (250, 100, 0.1, 7), (500, 0, 0.05, 8), (1000, 20, 0.6, 9), (2000, 0, 0.2, 10),
         (2000, 1000, 0.02, 11)]


def text(value):
    value = float(value)
    return 'NAN' if math.isnan(value) else repr(value)


def main():
    warn = f'scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}'
    print(f'/* Made by make_stats_reference.py with {warn}: measurements of random cases. */')
    print('#ifndef STATS_REFERENCE_H\n#define STATS_REFERENCE_H\n\n#include <math.h>\n')
    print('#include "stats_rows.h"\n\n/* Pairs are low and high, or merit and threshold. */')
    results = [measure(*rows(*case)) for case in CASES]
    print('typedef struct stats_reference {\nstats_case rows;')
    for name, value in results[0]:
        print(f'double {name}[{len(value)}];' if np.ndim(value) else f'double {name};')
    print('} stats_reference;\n\nstatic const stats_reference stats_references[] = {')
    for case, values in zip(CASES, results):
        print('{.rows = {%d, %d, %r, %d},' % case)
        for name, value in values:
            if np.ndim(value):
                print(f'.{name} = {{' + ', '.join(text(v) for v in value) + '},')
            else:
                print(f'.{name} = {text(value)},')
        print('},')
    print('};\n\n/* Probability, quantile of the normal distribution. */')
    print('static const double stats_quantiles[][2] = {')
    for p in (1e-300, 1e-20, 1e-6, 0.01, 0.02425, 0.025, 0.3, 0.5, 0.6, 0.9, 0.975, 0.9999):
        print('{%s, %s},' % (text(p), text(stats.norm.ppf(p))))
    print('};\n#endif')


if __name__ == '__main__':
    sys.exit(main())
