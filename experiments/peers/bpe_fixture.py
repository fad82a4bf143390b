"""Writes what Hugging Face tokenizers train and encode, for the test of jmoe's byte-level BPE.

    pip install tokenizers
    python experiments/peers/bpe_fixture.py experiments/data/src/test/resources/org/jmoe/data/tokenizer

With --compare TOKENIZER TEXT .., trains on files instead and compares vocabulary and merges with a tokenizer that
`jmoe data train-tokenizer` trained on them, one document a file, and the ids of every file.
"""

import json
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SEPARATOR = "<|endoftext|>"

TEXTS = [
    "the cat sat on the mat; the cats sat on the mats. That's what they've done, isn't it? I'll say so, he'd say so.\n",
    "aaaa aaaaa aaaaaa aaaaaaa aa a  aaaa\n\n\naaaa abababab babab abcabcabc bcabca cabcab\n",
    "public static void main(String[] args) {\n    int total = 0;\n    for (int i = 0; i < 1000; i++) {\n"
    "        total += i * 31;\n    }\n    return;\n}\n" * 3,
    "def f(x):\n\treturn x\t+ 1\n\r\nnaïve café Übergröße Straße ÅÄÖ — “quotes” … ½ ² 12345 67890 3.14159\n",
    "日本語のテキスト 中文文本 русский текст русские тексты ελληνικά العربية हिन्दी 🙂🙂 👩‍👩‍👧 e\u0301 \u00a0nbsp\u2003wide\n",
    "abc abc abc ab c a bc bcd abcd abcd cd bcd bc abcde abcde abc\n" * 4,
    "",
    " ",
    "\n",
]


def train(texts, vocabulary):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[SEPARATOR],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def compare(path, files):
    ours = Tokenizer.from_file(path)
    texts = [open(f, encoding="utf-8", newline="").read() for f in files]
    theirs = train(texts, ours.get_vocab_size())
    a, b = json.loads(ours.to_str())["model"], json.loads(theirs.to_str())["model"]
    assert a["vocab"] == b["vocab"], "vocabularies differ"
    assert a["merges"] == b["merges"], "merges differ"
    for text in texts:
        assert ours.encode(text).ids == theirs.encode(text).ids
        assert ours.decode(ours.encode(text).ids) == text
    print(f"equal: {len(a['vocab'])} tokens, {len(a['merges'])} merges, {len(texts)} texts")


def main():
    if sys.argv[1] == "--compare":
        compare(sys.argv[2], sys.argv[3:])
        return
    cases = []
    for vocabulary in (300, 1000):
        tokenizer = train(TEXTS, vocabulary)
        model = json.loads(tokenizer.to_str())["model"]
        ids = {token: i for token, i in model["vocab"].items()}
        merges = [[ids[left], ids[right]] for left, right in model["merges"]]
        encoded = [tokenizer.encode(text).ids for text in TEXTS]
        cases.append(dict(vocabulary=vocabulary, tokens=len(ids), merges=merges, encoded=encoded))
    with open(sys.argv[1] + "/bpe.json", "w", encoding="ascii") as f:
        json.dump(dict(texts=TEXTS, cases=cases), f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
