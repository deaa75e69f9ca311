"""chromadb at 1,000, 10,000 and 100,000 chunks: seconds to index, milliseconds a query, memory, disk, recall.

    workbook bench vector_store [1000 10000 100000]       # prints a table; 100,000 chunks take minutes and 1 GB

Vectors are synthetic: 384 dimensions, length 1, around 200 centres, so that neighbours are as near as those of real
texts and nothing has to be embedded. Each size runs in a process of its own, because memory is that process's growth.
Recall@10 is against numpy, which compares a query with every vector.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

SIZES = (1_000, 10_000, 100_000)
DIMENSIONS, CENTRES, SPREAD, QUERIES, BATCH = 384, 200, 0.7, 50, 5_000


def clustered(n: int, seed: int):
    """Unit vectors around common centres, shape (n, DIMENSIONS); SPREAD is noise's length beside a centre's."""
    import numpy as np

    centres = np.random.default_rng(0).normal(size=(CENTRES, DIMENSIONS))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    noise = np.random.default_rng(seed)
    rows = centres[noise.integers(CENTRES, size=n)] + noise.normal(scale=SPREAD / DIMENSIONS**0.5, size=(n, DIMENSIONS))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def milliseconds(call) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def measure(n: int) -> dict:
    import chromadb
    import numpy as np
    import psutil

    process = psutil.Process()
    rows, asked = clustered(n, seed=1), clustered(QUERIES, seed=2)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        before = process.memory_info().rss
        store = chromadb.PersistentClient(path=folder).create_collection(
            "chunks", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        start = time.perf_counter()
        for at in range(0, n, BATCH):
            some = range(at, min(at + BATCH, n))
            store.add(
                ids=[str(i) for i in some],
                embeddings=rows[at : at + BATCH],
                documents=[f"Chunk number {i}, with about as many words as a short sentence has." for i in some],
                metadatas=[{"topic": i % 10} for i in some],
            )
        indexed = time.perf_counter() - start
        store.query(query_embeddings=asked[:1], n_results=10)
        found, plain, filtered, brute, hits = [], [], [], [], []
        for query in asked:
            plain.append(
                milliseconds(lambda q=query: found.append(store.query(query_embeddings=[q], n_results=10)["ids"][0]))
            )
            filtered.append(
                milliseconds(lambda q=query: store.query(query_embeddings=[q], n_results=10, where={"topic": 3}))
            )
            brute.append(milliseconds(lambda q=query: np.argpartition(-(rows @ q), 10)[:10]))
            true = {str(i) for i in np.argsort(-(rows @ query))[:10]}
            hits.append(len(true & set(found[-1])) / 10)
        grown = process.memory_info().rss - before
        disk = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return {
        "chunks": n,
        "index s": round(indexed, 1),
        "query ms": round(median(plain), 2),
        "filtered query ms": round(median(filtered), 1),
        "numpy ms": round(median(brute), 2),
        "recall@10": round(sum(hits) / len(hits), 3),
        "memory MB": round(grown / 1e6),
        "disk MB": round(disk / 1e6),
    }


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
        return 0
    rows = []
    for n in [int(size) for size in sys.argv[1:]] or SIZES:
        made = subprocess.run([sys.executable, __file__, "--one", str(n)], capture_output=True, text=True, check=True)
        rows.append(json.loads(made.stdout.splitlines()[-1]))
        print(rows[-1], file=sys.stderr)
    print(f"| {' | '.join(rows[0])} |\n|{'---:|' * len(rows[0])}")
    for row in rows:
        print("| " + " | ".join(f"{value:,}" for value in row.values()) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
