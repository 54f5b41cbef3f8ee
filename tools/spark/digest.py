"""Digests result files where they lie, by Apache Spark, and merges the digests into one.

    spark-submit tools/spark/digest.py --output run.digest.json results/*.jtl

Every executor needs `loaddiff` on its PATH, or the path of it in --loaddiff, and the files under the same paths.
"""

import argparse
import pathlib
import subprocess
import tempfile

from pyspark.sql import SparkSession


def digest_of(program, path):
    """The digest of one file, as text."""
    done = subprocess.run([program, "digest", "--threads", "1", path], capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{path}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def merge(program, first, second):
    """The digest of two digests."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder, name) for name in ("a.digest.json", "b.digest.json")]
        for path, text in zip(paths, (first, second)):
            path.write_bytes(text)
        return digest_of_all(program, paths)


def digest_of_all(program, paths):
    done = subprocess.run([program, "digest", *map(str, paths)], capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace").strip())
    return done.stdout


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("files", nargs="+")
    arguments.add_argument("--output", required=True)
    arguments.add_argument("--loaddiff", default="loaddiff")
    arguments = arguments.parse_args()
    program = arguments.loaddiff

    spark = SparkSession.builder.appName("loaddiff digest").getOrCreate()
    files = spark.sparkContext.parallelize(arguments.files, len(arguments.files))
    whole = files.map(lambda path: digest_of(program, path)).treeReduce(lambda a, b: merge(program, a, b))
    pathlib.Path(arguments.output).write_bytes(whole)
    spark.stop()


if __name__ == "__main__":
    main()
