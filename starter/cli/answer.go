package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// format is the value of --output.
type format string

var _ pflag.Value = (*format)(nil)

const (
	table    format = "table"
	jsonForm format = "json"
	yamlForm format = "yaml"
)

// String implements [pflag.Value].
func (f *format) String() string { return string(*f) }

// Set implements [pflag.Value].
func (f *format) Set(text string) error {
	if !slices.Contains([]format{table, jsonForm, yamlForm}, format(text)) {
		return usagef("%q is none of table, json, yaml", text)
	}
	*f = format(text)
	return nil
}

// Type implements [pflag.Value].
func (f *format) Type() string { return "form" }

// askedForm returns the form that a command line asks for, if it cannot be parsed.
func askedForm(args []string) format {
	form := table
	for i, arg := range args {
		value, given := strings.CutPrefix(arg, "--output=")
		if !given {
			value, given = strings.CutPrefix(arg, "-o")
		}
		if (arg == "-o" || arg == "--output") && i+1 < len(args) {
			value, given = args[i+1], true
		}
		if asked := format(strings.TrimPrefix(value, "=")); given && (asked == jsonForm || asked == yamlForm) {
			form = asked
		}
	}
	return form
}

// errTwoForms refuses a page and a document on standard output.
var errTwoForms = usagef("--html - and --output both print to standard output: give --html a file")

// answers notes a result. As a table, text prints it at once; otherwise it is printed at
// the end of the command, with the error if there is one.
func (a *App) answers(d document.Document, text func() error) error {
	a.answer = d
	if a.form != table {
		return nil
	}
	return text()
}

// printAnswer prints the result of a command that ends with an error, or with nil.
func (a *App) printAnswer(err error) error {
	if a.form == table {
		return nil
	}
	d := a.answer
	if d == nil {
		d = &document.Outcome{}
	}
	if err != nil && !errors.Is(err, errChecksFailed) {
		d.Fail(errorDocument(err))
	} else if a.answer == nil {
		return nil // a command such as help, which has no result
	}
	return a.printDocument(d)
}

// printDocument prints a document as JSON or YAML.
func (a *App) printDocument(d document.Document) error {
	encode := document.Encode
	if a.form == yamlForm {
		encode = document.EncodeYAML
	}
	text, err := encode(d)
	if err != nil {
		return err
	}
	a.print("%s", strings.TrimSuffix(string(text), "\n"))
	return nil
}

// errorDocument returns the document of an error with which a command ends.
func errorDocument(err error) document.Error {
	var job *jobError
	var usage *usageError
	switch {
	case errors.As(err, &job):
		return document.ErrorOf(job.err)
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return document.Error{Code: document.Interrupted, Message: "the command was interrupted"}
	case errors.As(err, &usage):
		return document.Error{Code: string(failure.InvalidInput), Message: err.Error(), Remedy: helpRemedy}
	}
	return document.ErrorOf(err)
}

const helpRemedy = "`pgvault --help` and `pgvault COMMAND --help` show how to use it."
