"""Where the mutations begin: news, and what has broken readers of text elsewhere."""

import csv
import gzip
import io
import json
import zipfile

from pipeline.resources import DATA

NEWS = [
    "Moscow vetoed the sanctions on Damascus that Paris and Washington had proposed. ",
    "NATO will not send troops to Mali. ",
    "BERN (Reuters) - Foreign Minister Nils Borg froze Mali’s assets. ",
    "“No embargo,” said the U.N. envoy. ",
]
ODD = [
    "\x00", "\x1b[2J", "\ud800", "\udfff", "\ufeff", "\ufffe", "\u202e", "\u200f", "\u200d", "\u0301", "\u0301" * 40,
    "🇫🇷", "🇫", "👩\u200d👧", "é", "e\u0301", "ﬁ", "İ", "ß", "أوسلو", "北京", "\x85", "\u2028", "\r", "\r\n", "\n\n",
    "\t", "\xa0", "<b>", "</p>&nbsp;", "&#0;", "<script>", "=1+1", "”", "“", "''", "((((", "....", "?!", "—", " - ",
    "0" * 40, "A." * 20,
]  # fmt: skip
RECORD = {"document_id": "a", "date": "2012-01-18", "text": NEWS[0] + "é \ud83c\uddeb"}
CSV = "document_id,date,text\na,2012-01-18,“No”\n".encode()
JSONL = (
    json.dumps(RECORD).encode()
    + b"\n"
    + json.dumps(RECORD, ensure_ascii=False).encode("utf-8", "surrogatepass")
    + b"\n"
)
_BOM = b"\xef\xbb\xbf"


def shipped(every: int = 400) -> list[str]:
    """Give some sentences of the shipped corpus."""
    with (DATA / "news" / "sentences.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)][::every]


def texts() -> list[bytes]:
    """Give texts behind a line with their date."""
    plain = [
        *shipped(),
        "".join(NEWS),
        "\n\n".join(NEWS),
        *(NEWS[1].join([NEWS[0], *ODD[k : k + 2]]) for k in range(0, len(ODD), 2)),
        "Oslo left.\n" * 99,
    ]
    dated = ["2012-01-18\n" + text for text in plain[::2]] + ["\n" + text for text in plain[1::2]]
    return [text.encode("utf-8", "surrogatepass") for text in dated]


def tables() -> list[bytes]:
    """Give CSV, sound and not."""
    rows = io.StringIO()
    csv.writer(rows).writerows([["id", "date", "text"], *(["a", "2012", text] for text in shipped(1_000))])
    whole = rows.getvalue()
    return [
        CSV, _BOM + CSV, whole.encode(), whole.replace(",", ";").encode(), whole.encode("utf-16"),
        whole.encode("utf-16-be"), whole.replace("\r\n", "\r").encode("latin-1", "replace"), b"text\n", b"", b"\n\n",
        b'text\n"open', b'text\n"a"b\n', b"a,b\n1\n", b"text,text\n1,2\n", b"TEXT\n\x00\n", b"text\n\xff\xfe\n",
        b"body\nNo.\n", b"article,content\na,b\n", b'"text\n"\n1\n', b'text\n"' + b"a" * 5_000,
        b"text\n" + b"\n" * 3_000 + b"x\n",
    ]  # fmt: skip


def lines() -> list[bytes]:
    """Give JSON lines, sound and not."""
    whole = "\n".join(json.dumps({"id": k, "text": text}) for k, text in enumerate(shipped(1_000)))
    return [
        JSONL, _BOM + JSONL, whole.encode(), whole.encode("utf-16"), b"[" * 4_000, b'{"text":' * 2_000,
        b'{"text": null}', b'{"text": NaN}', b'{"text": 1e999, "id": -0}', b'{"text": "\\ud800"}',
        b'{"text": "\\u0000"}', b"1" * 5_000, b'{"text": ["a"]}', b'{"text": {}}', b"null", b"\n\r\n \n",
        b"{} {}", b'{"": "", "Text": "No."}', b'{"text": "a", "id": [{}], "date": 2012}',
        b'{"text": "a"}\r{"text": "b"}', b'{"text": "' + b"a" * 5_000,
    ]  # fmt: skip


def files() -> list[bytes]:
    """Give files of all kinds behind a line with their suffix."""
    kinds = {".csv": tables(), ".jsonl": lines(), ".txt": texts()[::12]}
    bomb = gzip.compress(b"text\n" + b"a" * 2**22)
    return [
        *(suffix.encode() + b"\n" + one for suffix, all_ in kinds.items() for one in all_[::4]),
        *(suffix.encode() + b".gz\n" + one for suffix, all_ in kinds.items() for one in all_[1::4]),
        *(suffix.encode() + b".gz\n" + bomb for suffix in kinds), b".csv.gz\n" + gzip.compress(CSV)[:-9],
        b".txt.gz\n\x1f\x8b\x08\x00", b".csv.gz\n" + gzip.compress(CSV) * 2 + b"tail",
    ]  # fmt: skip


def requests() -> list[bytes]:
    """Give requests: method and address, headers, a blank line, the body."""
    ask = "POST /v1/stances{}\ncontent-type: application/json\n\n{}"
    bodies = [
        json.dumps({"text": NEWS[0], "document": "a", "date": "2012-02-04"}),
        json.dumps([{"text": text} for text in NEWS]),
        json.dumps([{"text": "a", "document": "twice"}] * 2), "[]", "[[[]]]", "[" * 4_000, '{"text": "\\ud800"}',
        '{"text": "\\u0000", "date": "²012"}', '{"text": 1e999}', '{"text": "a", "text": "b", "c": NaN}',
        json.dumps({"text": NEWS[1] + "\ufeff\u202e🇫🇷"}, ensure_ascii=False),
    ]  # fmt: skip
    form = "content-type: application/x-www-form-urlencoded\n\ntext=Moscow+vetoed+the+sanctions.&date=2012&reasons=3"
    parts = (
        'content-type: multipart/form-data; boundary=b\n\n--b\r\ncontent-disposition: form-data; name="file"; '
        'filename="news.csv"\r\n\r\ntext\nMoscow vetoed the sanctions.\r\n--b--\r\n'
    )
    queries = ["?all=1&reasons=50&min_probability=0", "?min_probability=nan", "?reasons=-1"]
    plain = [
        *(ask.format("", body) for body in bodies), *(ask.format(query, bodies[0]) for query in queries),
        *(f"POST {address}\n{form}" for address in ("/", "/download/csv", "/download/html", "/v1/stances")),
        *(f"POST {address}\n{parts}" for address in ("/", "/download/jsonl")),
        *(f"GET {address}\n\n" for address in ("/", "/healthz", "/v1/model", "/openapi.json", "/static/../api.py")),
        "GET /\x00\naccept: text/html\nhost: evil.example\n\n", "PUT /v1/stances\norigin: null\n\n{}", "BREW /\n\n",
    ]  # fmt: skip
    return [one.encode("utf-8", "surrogatepass") for one in plain]


def models(sound: bytes) -> list[bytes]:
    """Give model files: whole ones, and members that take the place of a sound one's, behind a line with their name."""
    with zipfile.ZipFile(io.BytesIO(sound)) as archive:
        members = [name.encode() + b"\n" + archive.read(name) for name in archive.namelist() if name.endswith(".npy")]
    node = '{"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "__id__": 0}'
    foreign = '{"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "content": {"card": NODE}}'
    schemas = [foreign.replace("NODE", node), node, "[" * 4_000, "null", "{}"]
    values = [node, "null", "[]", "{}", "0", "-1e999", '"os"', '"MethodNode"', '"../x"', '{"__id__": 0}', "[[[[]]]]"]
    edits = [f"edits\n{7 * k} {value}\n{3 * k} 1".encode() for k, value in enumerate(values * 3)]
    pickle = b"cos\nmkdir\n(S'ran'\ntR."
    huge = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }".ljust(117) + b"\n"
    changed = [*(b"schema.json\n" + one.encode() for one in schemas), b"schema.json\n" + pickle, b"0.npy\n" + pickle]
    return [
        sound, sound[: len(sound) // 2], pickle, *members, *edits, *changed, b"0.npy\n\x93NUMPY\x01\x00v\x00" + huge
    ]  # fmt: skip


def words() -> list[bytes]:
    """Give what mutations put in: names, cues, verbs, and the marks of each format."""
    marks = [
        '"', '""', "\r\n", ",", ";", "\t", "{", "}", "[", "]", ":", "\\u", "\\ud800", '"text"', "text", "document_id",
        "date", "2012-01-18", "null", "NaN", "1e999", ".csv\n", ".jsonl.gz\n", ".txt\n", "?all=true", "&reasons=9",
        "POST ", "GET ", "content-type: ", "multipart/form-data; boundary=b", "--b", "filename=", "accept: text/html",
        "host: ", "origin: ", "__loader__", "__module__", "__class__", "__id__", "content", "DictNode", "JsonNode",
        "NdArrayNode", "ObjectNode", "TypeNode", "ListNode", "edits\n", "schema.json\n", "0.npy\n",
    ]  # fmt: skip
    said = sorted({word for text in (*shipped(), *NEWS) for word in text.split()})
    return [one.encode("utf-8", "surrogatepass") for one in [*marks, *ODD, *said]]
