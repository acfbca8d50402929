"""How well a text answers a question, and where: for ranking and marking what the database has found. No Django."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

EXACT, BEGINS, WORDS, INSIDE, ELSEWHERE, SLIPPED = range(6)
LETTERS = str.maketrans({"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})


def flat(text: str) -> str:
    """Without accents and case, near enough to the database's own folding to compare by."""
    return "".join(part for letter in text for part in _bare(letter))


@lru_cache(maxsize=4096)
def _bare(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter.translate(LETTERS))
    return "".join(part for part in parts if not unicodedata.combining(part)).lower()


def level(text: str, words: Sequence[str]) -> int:
    """EXACT, BEGINS with the words, has all WORDS at the start of its own, INSIDE them, or ELSEWHERE."""
    text, whole = flat(text), flat(" ".join(words))
    if text == whole:
        return EXACT
    if text.startswith(whole):
        return BEGINS
    if all(re.search(rf"(?<!\w){re.escape(flat(word))}", text) for word in words):
        return WORDS
    return INSIDE if all(flat(word) in text for word in words) else ELSEWHERE


def slips(words: Iterable[str], text: str) -> int | None:
    """How many slips of the finger turn the words into words of the text, or into their beginnings; None: too many."""
    theirs = re.findall(r"\w+", flat(text))
    total = 0
    for word in map(flat, words):
        fewest = min((_slips(word, other) for other in theirs), default=len(word))
        if fewest > allowed(word):
            return None
        total += fewest
    return total


def allowed(word: str) -> int:
    """Slips in a word of that length; numbers have none."""
    if len(word) < 4 or any(map(str.isdigit, word)):
        return 0
    return 1 if len(word) < 8 else 2


@lru_cache(maxsize=16384)
def _slips(word: str, other: str) -> int:
    """Letters wrong, missing, too many or swapped between the word and any beginning of the other."""
    other = other[: len(word) + 2]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        above, row = row, [i]
        for j, their in enumerate(other, 1):
            cost = min(row[j - 1] + 1, above[j] + 1, above[j - 1] + (letter != their))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == their:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = above
    return min(row)


def spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand in a text, or what they slipped from: in order, without overlaps."""
    letters = [(part, at) for at, letter in enumerate(text) for part in _bare(letter)]
    shown = "".join(part for part, _at in letters)
    found = []
    for word in map(flat, words):
        hits = list(re.finditer(re.escape(word), shown)) or [
            hit for hit in re.finditer(r"\w+", shown) if 0 < _slips(word, hit[0]) <= allowed(word)
        ]
        found += [(letters[hit.start()][1], letters[hit.end() - 1][1] + 1) for hit in hits if hit[0]]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
