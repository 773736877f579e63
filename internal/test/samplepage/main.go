package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/estatetest"
	"github.com/pgvault/pgvault/internal/estate/page"
)

func main() {
	if err := write(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(open []string) error {
	e, err := estate.Compute(estatetest.Input(6))
	if err != nil {
		return err
	}
	var html bytes.Buffer
	if err := page.Write(&html, e, page.Options{UI: "https://temporal.example.com", Namespace: "default"}); err != nil {
		return err
	}
	parts := strings.Split(html.String(), "<details>")
	for n, part := range parts {
		tag := "<details>"
		for _, name := range open {
			if strings.Contains(part, `"name">`+name+"<") {
				tag = "<details open>"
			}
		}
		if n > 0 {
			fmt.Print(tag)
		}
		fmt.Print(part)
	}
	return nil
}
