package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/pgvault/pgvault/internal/archive"
)

// ExampleReadTOC lists the tables of an archive.
func ExampleReadTOC() {
	content, err := os.ReadFile("testdata/archives/17-gzip.dump")
	if err != nil {
		log.Fatal(err)
	}
	file := bytes.NewReader(content)
	toc, err := archive.ReadTOC(file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("version", toc.Header.Version(), toc.Header.Compression)
	for _, e := range toc.Entries {
		if e.Desc == "TABLE" {
			fmt.Printf("%s.%s\n", e.Namespace, e.Tag)
		}
	}
	// Output:
	// version 1.16-0 gzip
	// public.empty
	// public.numbers
}

// ExampleScanner lists the data blocks of an archive whose offsets are unknown, as
// in one that pg_dump wrote into a pipe.
func ExampleScanner() {
	content, err := os.ReadFile("testdata/archives/15-none.dump")
	if err != nil {
		log.Fatal(err)
	}
	file := bytes.NewReader(content)
	toc, err := archive.ReadTOC(file)
	if err != nil {
		log.Fatal(err)
	}
	scanner := archive.NewScanner(file, toc)
	for {
		block, err := scanner.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(block.Entry.Desc, block.Entry.Tag)
	}
	// Output:
	// TABLE DATA empty
	// TABLE DATA numbers
	// BLOBS BLOBS
}

// ExampleEncoder writes the data block of a table and reads its rows back.
func ExampleEncoder() {
	encoder, err := archive.NewEncoder(archive.Gzip, archive.Gzip.DefaultLevel())
	if err != nil {
		log.Fatal(err)
	}
	var block bytes.Buffer
	if err := encoder.BeginTable(&block, 42); err != nil {
		log.Fatal(err)
	}
	if _, err := encoder.Write([]byte("1\tapple\n2\tpear\n")); err != nil {
		log.Fatal(err)
	}
	sum, err := encoder.End()
	if err != nil {
		log.Fatal(err)
	}
	block.Write(archive.TableTail(archive.Gzip, sum))

	reader, err := archive.NewTableReader(&block, archive.Header{Compression: archive.Gzip}, 42, archive.Part{First: true, Last: true})
	if err != nil {
		log.Fatal(err)
	}
	rows, err := io.ReadAll(reader)
	if err := errors.Join(err, reader.Close()); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", rows)
	// Output: "1\tapple\n2\tpear\n\\.\n\n\n"
}
