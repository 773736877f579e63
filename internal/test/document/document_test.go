package document

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSectionsHaveTheCommandsAndTheirOutput(t *testing.T) {
	t.Parallel()
	p := Page{text: "# Title\n\n```sh\nnot in a section\n```\n\n## First\n\n```sh\none\ntwo\n```\n\nprose\n\n```text\nthree\n```\n\n```sql\nSELECT 1\n```\n\n```sh\nfour\n```\n\n## Second\n\nSave it as `a.sh`:\n\n```sh\nfive\n```\n"}
	require.Equal(t, []Section{
		{Title: "First", Steps: []Step{{Commands: "one\ntwo\n", Output: "three\n"}, {Commands: "four\n"}}},
		{Title: "Second", Steps: []Step{{Commands: "five\n"}}},
	}, p.Sections())
	require.Equal(t, "five\n", p.Script(t, "a.sh"))
}

func TestPagesAreThoseOfTheModule(t *testing.T) {
	t.Parallel()
	require.Contains(t, Read(t, "FORMAT.md").Script(t, "check.sh"), "openssl dgst")
}

func TestMissing(t *testing.T) {
	t.Parallel()
	const output = "INSTANCE    POINT\nshop/orders 20261124T020000Z-1f2e3d4c good\n2 points\n"
	for shown, missing := range map[string]string{
		"":                              "",
		"INSTANCE  POINT\n":             "",
		"shop/orders … good\n2 points":  "",
		"… points\n":                    "",
		"…\n2 points\n":                 "",
		"…o…s … good\n":                 "",
		"shop/orders\n":                 "shop/orders",
		"shop/orders … bad\n":           "shop/orders … bad",
		"2 points\nINSTANCE POINT\n":    "INSTANCE POINT",
		"shop/… good…good\n":            "shop/… good…good",
		"2 points\n2 points\n":          "2 points",
		"INSTANCE POINT … good\n":       "INSTANCE POINT … good",
		"INSTANCE POINT\n…\n3 points\n": "3 points",
	} {
		require.Equal(t, missing, Step{Output: shown}.Missing(output), shown)
	}
}
