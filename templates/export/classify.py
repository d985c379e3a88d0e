#!/usr/bin/env python3
"""Asks a classifier that distill trained.

Needs Python 3.8 and its standard library, and model.bin and model.json beside it. Gives the same probabilities
to the last bit as classify.mjs and as distill itself.

    from classify import load_classifier
    classify = load_classifier()
    classify("my VPN drops every hour")   # { label, confidence, probabilities, output_text }

    python3 classify.py "my VPN drops every hour"
    python3 classify.py --lines < texts.jsonl     one JSON string a line, one answer a line
    python3 classify.py --test                    against test-vectors.json
"""

import array
import json
import math
import os
import re
import struct
import sys
import zlib

# What is read of a text, in UTF-16 units.
LONGEST_TEXT = 20_000

# Bits that model.json gives of a character.
UNSPACED, MARK, EMOJI, WORD, LETTER, DIGIT, CASED, IGNORABLE = (1 << bit for bit in range(8))


def load_classifier(folder=os.path.dirname(os.path.abspath(__file__))):
    """Loads the model that lies in a folder, by default beside this file."""
    with open(os.path.join(folder, "model.bin"), "rb") as file:
        model = file.read()
    with open(os.path.join(folder, "model.json"), encoding="utf-8") as file:
        return create_classifier(model, json.load(file))


def create_classifier(data, description):
    """Makes a classifier of the bytes of model.bin and the content of model.json."""
    model = _decode_model(data)
    vectorize = _create_vectorizer(model, _create_tokenizer(description["unicode"]))
    cascade = description.get("cascade")
    labels, contract = model["labels"], model["contract"]

    def classify(text):
        probabilities = _predict(model, *vectorize(text))
        # Sorting is stable, so labels stay in their order where they tie.
        ranked = sorted(zip(labels, probabilities), key=lambda pair: -pair[1])
        label, probability = ranked[0]
        if cascade and cascade["confidence"] == "rounded":
            confidence = _four_digits(probability)
        else:
            confidence = min(1.0, _exp(_log(max(probability, 5e-324))))
        answer = {"label": label, "confidence": confidence}
        if cascade:
            threshold = cascade["threshold"]
            answer["keep"] = threshold is not None and confidence >= threshold
        answer["probabilities"] = dict(zip(labels, probabilities))
        answer["output_text"] = _write_text(ranked, contract)
        return answer

    return classify


def _predict(model, slots, values):
    weights, scales, biases = model["weights"], model["scales"], model["biases"]
    count = len(scales)
    logits = [0.0] * count
    for slot, value in zip(slots, values):
        at = slot * count
        for label in range(count):
            logits[label] += value * weights[at + label]
    logits = [logit * scale + bias for logit, scale, bias in zip(logits, scales, biases)]
    greatest = max(logits)
    powers = [_exp(logit - greatest) for logit in logits]
    # One by one: the built-in sum of newer versions compensates for what is rounded away.
    total = 0.0
    for power in powers:
        total += power
    return [power / total for power in powers]


def _create_vectorizer(model, tokenize):
    """(1 + ln count) · weight · ln((1 + texts) / frequency) for every known feature, scaled to length 1."""
    options, texts = model["options"], model["texts"]
    place_of = {bucket: slot for slot, bucket in enumerate(model["buckets"])}
    idf = [_log((1 + texts) / frequency) for frequency in model["frequencies"]]

    def vectorize(text):
        found = {}
        for bucket, weight in _features(tokenize(text), options):
            slot = place_of.get(bucket)
            if slot is None:
                continue
            seen = found.get(slot)
            if seen is None:
                found[slot] = [1, weight]
            else:
                seen[0] += 1
        values = [(1 + _log(float(count))) * weight * idf[slot] for slot, (count, weight) in found.items()]
        squares = 0.0
        for value in values:
            squares += value * value
        scale = 1 / math.sqrt(squares) if squares > 0 else 0.0
        return list(found), [value * scale for value in values]

    return vectorize


def _features(words, options):
    """Word n-grams, and character n-grams within a word whose two ends count as spaces, hashed into buckets."""
    shortest, longest = options["shortest_char_ngram"], options["longest_char_ngram"]
    char_weight = float(options["char_weight"])
    mask = 2 ** options["hash_bits"] - 1
    space = 32
    for first, word in enumerate(words):
        hashed = _hash_unit(_OFFSET_BASIS, 1)
        for following in words[first : first + options["word_ngrams"]]:
            for unit in following:
                hashed = _hash_unit(hashed, unit)
            hashed = _hash_unit(hashed, space)
            yield _finish(hashed) & mask, 1.0
        length = len(word)
        start = -1
        while start + shortest <= length + 1:
            hashed = _hash_unit(_OFFSET_BASIS, 2)
            for at in range(start, min(length + 1, start + longest)):
                hashed = _hash_unit(hashed, space if at < 0 or at == length else word[at])
                if at - start + 1 >= shortest:
                    yield _finish(hashed) & mask, char_weight
            start += 1


# FNV-1a over UTF-16 units, the low byte first.
_OFFSET_BASIS = 0x811C9DC5
_PRIME = 0x01000193


def _hash_unit(hashed, unit):
    low = (hashed ^ (unit & 0xFF)) * _PRIME & 0xFFFFFFFF
    return (low ^ (unit >> 8)) * _PRIME & 0xFFFFFFFF


def _finish(hashed):
    """The finalizer of MurmurHash3."""
    mixed = (hashed ^ (hashed >> 16)) * 0x85EBCA6B & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 13)) * 0xC2B2AE35 & 0xFFFFFFFF
    return mixed ^ (mixed >> 16)


def _create_tokenizer(unicode):
    """The words of a text as UTF-16 units: NFKC, lower case, digits as 0, runs of letters, marks and numbers.

    By the tables of Unicode that the model was exported with, for those of engines and languages differ by their age.
    """
    bits = _read_bits(unicode["characters"])
    normalize = _create_normalizer(unicode)
    lower = _create_lower_case(unicode, bits)

    def tokenize(text):
        normal = _cut(normalize(_to_points(_cut(text))))
        points = [
            0x30 if bits[point] & DIGIT else 0x27 if point == 0x2019 else point
            for point in lower(_to_points(normal))
        ]
        end_of_text = len(points)

        def run_of(bit, start):
            end = start
            while end < end_of_text and bits[points[end]] & bit:
                end += 1
            return end

        words = []
        at = 0
        while at < end_of_text:
            first = bits[points[at]]
            end = at + 1
            if first & UNSPACED:
                end = run_of(MARK, end)
            elif first & WORD and not first & EMOJI:
                end = run_of(WORD, end)
                if end < end_of_text and points[end] == 0x27 and run_of(LETTER, end + 1) > end + 1:
                    end = run_of(LETTER, end + 1)
            elif not first & EMOJI:
                at = end
                continue
            words.append(_to_units(points[at:end]))
            at = end
        return words

    return tokenize


def _create_normalizer(unicode):
    """Normalization form KC of code points (Unicode Standard Annex 15)."""
    parts_of = {whole: parts for whole, *parts in _read_points(unicode["decompositions"])}
    class_of = {
        point: index + 1 for index, points in enumerate(_read_points(unicode["marks"])) for point in points
    }
    whole_of = {(first, last): whole for first, last, whole in _read_points(unicode["compositions"])}

    def normalize(points):
        if all(point < 0x80 for point in points):
            return _to_text(points)
        parts = []
        for point in points:
            parts.extend(parts_of.get(point) or _decompose_hangul(point) or [point])
        start = 0
        while start < len(parts):
            end = start
            while end < len(parts) and parts[end] in class_of:
                end += 1
            parts[start:end] = sorted(parts[start:end], key=class_of.get)
            start = end + 1
        whole = []
        starter = -1
        before = 0  # the class of the last mark after the starter; 0 where nothing is between
        for point in parts:
            own = class_of.get(point, 0)
            if starter >= 0 and (before == 0 or before < own):
                pair = (whole[starter], point)
                joined = whole_of.get(pair) or _compose_hangul(*pair)
                if joined is not None:
                    whole[starter] = joined
                    continue
            if own == 0:
                starter = len(whole)
            before = own
            whole.append(point)
        return _to_text(whole)

    return normalize


_SYLLABLES, _LEADS, _VOWELS, _TAILS = 0xAC00, 0x1100, 0x1161, 0x11A7


def _decompose_hangul(point):
    index = point - _SYLLABLES
    if not 0 <= index < 11_172:
        return None
    tail = index % 28
    pair = [_LEADS + index // 588, _VOWELS + index % 588 // 28]
    return pair if tail == 0 else [*pair, _TAILS + tail]


def _compose_hangul(first, second):
    lead, vowel = first - _LEADS, second - _VOWELS
    if 0 <= lead < 19 and 0 <= vowel < 21:
        return _SYLLABLES + (lead * 21 + vowel) * 28
    index, tail = first - _SYLLABLES, second - _TAILS
    if 0 <= index < 11_172 and index % 28 == 0 and 0 < tail < 28:
        return first + tail
    return None


def _create_lower_case(unicode, bits):
    """Lower case by the root locale; a capital sigma at the end of a word becomes ς."""
    lower_of = {upper: points for upper, *points in _read_points(unicode["lower"])}

    def cased_from(points, start, step):
        at = start
        while 0 <= at < len(points) and bits[points[at]] & IGNORABLE:
            at += step
        return 0 <= at < len(points) and bits[points[at]] & CASED > 0

    def lower(points):
        lowered = []
        for at, point in enumerate(points):
            if point == 0x3A3 and cased_from(points, at - 1, -1) and not cased_from(points, at + 1, 1):
                lowered.append(0x3C2)
            else:
                lowered.extend(lower_of.get(point) or [point])
        return lowered

    return lower


def _read_bits(ranges):
    """A byte for every code point; ranges are written as gap, length and bits."""
    bits = bytearray(0x110000)
    end = 0
    for gap, length, value in zip(ranges[0::3], ranges[1::3], ranges[2::3]):
        start = end + gap
        end = start + length
        bits[start:end] = bytes([value]) * length
    return bits


def _read_points(text):
    """Lists of code points in hexadecimal, with a semicolon between the lists."""
    return [[int(point, 16) for point in points.split(" ")] for points in text.split(";")]


def _cut(text):
    """The beginning of a text, in UTF-16 units; halves of a pair that meet are joined, as they are in JavaScript."""
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * LONGEST_TEXT]
    return units.decode("utf-16-le", "surrogatepass")


def _to_points(text):
    return [ord(character) for character in text]


def _to_text(points):
    return "".join(map(chr, points))


def _to_units(points):
    units = _to_text(points).encode("utf-16-le", "surrogatepass")
    return struct.unpack("<%dH" % (len(units) // 2), units)


def _write_text(ranked, contract):
    """The answer as distill writes it: the label, or a JSON object with the fields of the contract."""
    if contract is None:
        return ranked[0][0]
    fields = [_quote(entry["field"]) + ":" + _field_value(entry["holds"], ranked) for entry in contract]
    return "{" + ",".join(fields) + "}"


def _field_value(holds, ranked):
    label, probability = ranked[0]
    if holds == "label":
        return _quote(label)
    if holds == "confidence":
        return _write_number(_four_digits(probability))
    shown = [pair for index, pair in enumerate(ranked) if index == 0 or pair[1] >= 0.005]
    # JavaScript puts names that are whole numbers first, in their order.
    numbered = sorted((pair for pair in shown if _is_index(pair[0])), key=lambda pair: int(pair[0]))
    named = [pair for pair in shown if not _is_index(pair[0])]
    entries = [_quote(name) + ":" + _write_number(_four_digits(value)) for name, value in numbered + named]
    return "{" + ",".join(entries) + "}"


def _is_index(name):
    return re.fullmatch("0|[1-9][0-9]{0,9}", name) is not None and int(name) < 2**32 - 1


def _four_digits(probability):
    scaled = probability * 10_000
    whole = math.floor(scaled)
    return (whole + 1 if scaled - whole >= 0.5 else whole) / 10_000


def _write_number(number):
    return str(int(number)) if number == int(number) else repr(number)


def _quote(text):
    """JSON as JavaScript writes it: as it is, but for control characters and halves of a pair."""
    escape = lambda half: "\\u%04x" % ord(half.group())  # noqa: E731
    return re.sub("[\ud800-\udfff]", escape, json.dumps(_join_pairs(text), ensure_ascii=False))


def _join_pairs(text):
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


# Exponential and logarithm of fdlibm (Sun Microsystems, 1993: "Permission to use, copy, modify, and distribute this
# software is freely granted, provided that this notice is preserved"), as V8 computes them: those of C libraries may
# differ in the last bit.
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10


def _high_word(x):
    return struct.unpack(">i", struct.pack(">d", x)[:4])[0]


def _exp(x):
    if x > 709.782712893384:
        return math.inf
    if x < -745.1332191019411:
        return 0.0
    if x == 1:
        return math.e
    size = _high_word(x) & 0x7FFFFFFF
    sign = -1 if x < 0 else 1
    high = low = 0.0
    k = 0
    if size > 0x3FD62E42:
        k = sign if size < 0x3FF0A2B2 else int(1.4426950408889634 * x + sign * 0.5)
        high = x - k * _LN2_HIGH
        low = k * _LN2_LOW
        x = high - low
    elif size < 0x3E300000:
        return 1 + x
    t = x * x
    c = x - t * (
        0.16666666666666602
        + t
        * (
            -0.0027777777777015593
            + t * (6.613756321437934e-05 + t * (-1.6533902205465252e-06 + t * 4.1381367970572385e-08))
        )
    )
    if k == 0:
        return 1 - ((x * c) / (c - 2) - x)
    y = 1 - ((low - (x * c) / (2 - c)) - high)
    if k == 1024:
        return y * 2 * 2.0**1023
    return y * 2.0**k if k >= -1021 else y * 2.0 ** (k + 1000) * 2.0**-1000


def _log(x):
    """Of a finite number above 0."""
    k = 0
    if _high_word(x) < 0x00100000:
        k = -54
        x *= 2.0**54
    word = _high_word(x)
    mantissa = word & 0x000FFFFF
    carry = (mantissa + 0x95F64) & 0x100000
    k += (word >> 20) - 1023 + (carry >> 20)
    f = struct.unpack(">d", struct.pack(">i", mantissa | (carry ^ 0x3FF00000)) + struct.pack(">d", x)[4:])[0] - 1
    if (0x000FFFFF & (2 + mantissa)) < 3:
        if f == 0:
            return 0.0 if k == 0 else k * _LN2_HIGH + k * _LN2_LOW
        r = f * f * (0.5 - 0.3333333333333333 * f)
        return f - r if k == 0 else k * _LN2_HIGH - ((r - k * _LN2_LOW) - f)
    s = f / (2 + f)
    z = s * s
    w = z * z
    t1 = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
    t2 = z * (
        0.6666666666666735
        + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605101587))
    )
    r = t2 + t1
    if (mantissa - 0x6147A) | (0x6B851 - mantissa) > 0:
        half = 0.5 * f * f
        if k == 0:
            return f - (half - s * (half + r))
        return k * _LN2_HIGH - ((half - (s * (half + r) + k * _LN2_LOW)) - f)
    if k == 0:
        return f - s * (f - r)
    return k * _LN2_HIGH - ((s * (f - r) - k * _LN2_LOW) - f)


def _decode_model(data):
    """Reads a model's file: see format version 1 of distill's classifiers."""
    if data[:8] != b"distillT" or struct.unpack_from("<I", data, 8)[0] != 1:
        raise ValueError("model.bin is no model that is known here")
    end = len(data) - 4
    if struct.unpack_from("<I", data, end)[0] != zlib.crc32(data[:end]):
        raise ValueError("model.bin is cut off or damaged: its checksum is wrong")
    at = 16 + struct.unpack_from("<I", data, 12)[0]
    header = json.loads(data[16:at].decode("utf-8"))
    gaps, at = _read_varints(data, at, header["features"])
    frequencies, at = _read_varints(data, at, header["features"])
    buckets = []
    bucket = 0
    for gap in gaps:
        bucket += gap
        buckets.append(bucket)
    return {
        **header,
        "contract": header["meta"].get("contract"),
        "scales": [float(scale) for scale in header["scales"]],
        "biases": [float(bias) for bias in header["biases"]],
        "buckets": buckets,
        "frequencies": frequencies,
        "weights": array.array("b", data[at:end]),
    }


def _read_varints(data, at, count):
    values = []
    while len(values) < count:
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        values.append(value)
    return values, at


def main(arguments):
    if len(arguments) != 1 or (arguments[0].startswith("--") and arguments[0] not in ("--lines", "--test")):
        print("usage: python3 classify.py TEXT | --lines | --test", file=sys.stderr)
        return 2
    classify = load_classifier()
    if arguments[0] == "--test":
        return _run_test(classify)
    if arguments[0] == "--lines":
        for line in sys.stdin.buffer:
            print(json.dumps(classify(json.loads(line))))
        return 0
    # What is no text in the terminal's encoding comes as halves of a pair, which no word has.
    print(json.dumps(classify(arguments[0])))
    return 0


def _run_test(classify):
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "test-vectors.json"), encoding="utf-8") as file:
        vectors = json.load(file)["vectors"]
    same = 0
    for vector in vectors:
        text = vector.pop("text")
        if classify(text) == vector:
            same += 1
        else:
            print("differs: %s" % json.dumps(text[:60]))
    print("%d of %d answers are the same to the last bit" % (same, len(vectors)))
    return 0 if same == len(vectors) > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
