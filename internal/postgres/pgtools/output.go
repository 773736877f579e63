package pgtools

import "os"

// output is the standard output of a child. It has no other methods of its file: with
// WriteTo, a copy would not read.
type output struct {
	file *os.File
	// ended reports whether the output has ended, or a read failed.
	ended bool
}

func (o *output) Read(p []byte) (int, error) {
	n, err := o.file.Read(p)
	o.ended = o.ended || err != nil
	return n, err
}

// Abandon stops a child whose output cannot be used, and returns the reason if the
// child has one. If its output had ended, its own error is the reason. If it had not,
// its error would only be that its output is closed, and Abandon returns nil.
func (p *Process) Abandon() error {
	if !p.stdout.ended {
		p.Stop()
		return nil
	}
	_, err := p.Wait()
	return err
}
