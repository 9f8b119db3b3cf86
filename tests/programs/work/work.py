"""work.py SCALE - what Python programs do, with results that are the same in each run."""

import base64
import collections
import decimal
import gc
import hashlib
import heapq
import io
import json
import os
import pickle
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
import zlib

SCALE = int(sys.argv[1])


def numbers(seed, count):
    for _ in range(count):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        yield seed >> 33


def digest(value):
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def objects(seed, count):
    """Nested containers, which come and go, cycles among them."""
    table = {}
    for number in numbers(seed, count):
        entry = {"id": number, "name": "n%d" % number, "list": [number % 7] * (number % 9)}
        entry["self"] = entry if number % 3 == 0 else None
        table[number % 257] = entry
    result = [(key, table[key]["name"], len(table[key]["list"])) for key in sorted(table)]
    table.clear()
    gc.collect()
    return result


def texts(seed, count):
    words = ["%x" % number for number in numbers(seed, count)]
    text = " ".join(words)
    found = re.findall(r"\b(?:[a-f]\d+|\d+[a-f]{2,})\w*", text)
    changed = re.sub(r"(\d)(\w)", lambda match: match.group(2) + match.group(1), text)
    counted = collections.Counter(changed).most_common(20)
    return found[:50], counted, changed.upper().split("A")[:20]


def packed(seed, count):
    value = [{"a": number, "b": [number / 8.0, None, True, "\u00fc%d" % number]}
             for number in numbers(seed, count)]
    text = json.dumps(value, sort_keys=True)
    assert json.loads(text) == value
    data = zlib.compress(text.encode(), 6)
    assert zlib.decompress(data).decode() == text
    assert pickle.loads(pickle.dumps(value)) == value
    assert base64.b64decode(base64.b64encode(data)) == data
    return len(data), zlib.crc32(data), hashlib.md5(data).hexdigest()


def structures(seed, count):
    heap = []
    for number in numbers(seed, count):
        heapq.heappush(heap, (number % 1000, number))
        if len(heap) > 500:
            heapq.heappop(heap)
    root = ElementTree.Element("root")
    for key, number in sorted(heap):
        ElementTree.SubElement(root, "e", key=str(key)).text = str(number)
    text = ElementTree.tostring(root)
    again = ElementTree.parse(io.BytesIO(text)).getroot()
    total = sum(decimal.Decimal(element.text) / 7 for element in again)
    return len(again), str(total), 3 ** (count % 4000) % 10**30


JOBS = [objects, texts, packed, structures]


def job(number):
    return digest(JOBS[number % 4](number, 400 * SCALE + number))


def threads(count):
    results = [None] * count

    def run(index):
        results[index] = [job(index + step) for step in range(4)]

    started = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in started:
        thread.start()
    # Children of a process whose threads are at work: fork, and what subprocess takes (vfork).
    children = []
    for index in range(4):
        child = os.fork()
        if child == 0:
            os._exit(int(job(index), 16) % 200)
        children.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    children.append(subprocess.run(["/bin/echo", "from a child"], capture_output=True,
                                   check=True, close_fds=True).stdout)
    for thread in started:
        thread.join()
    return results, children


def main():
    for number in range(8):
        print(number, job(number))
    print(threads(4))
    keep = [bytes(number % 2000) for number in numbers(1, 2000)]  # still there at the end
    print(digest(keep))
    main.keep = keep


main()
