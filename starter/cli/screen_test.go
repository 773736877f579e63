package cli_test

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// screen is a terminal of a number of columns. It draws as a VT100 does: a
// character beyond the last column begins a line, and none scrolls away.
type screen struct {
	mu      sync.Mutex
	columns int
	rows    [][]string
	row     int
	column  int
	// odd is the first output that it does not know.
	odd string
}

func newScreen(columns int) *screen { return &screen{columns: columns, rows: [][]string{nil}} }

// show draws what a terminal device passes on, until that is closed.
func (s *screen) show(from io.Reader) {
	buffer := make([]byte, 4096)
	var rest string
	for {
		n, err := from.Read(buffer)
		rest = s.draw(rest + string(buffer[:n]))
		if err != nil {
			return
		}
	}
}

// draw draws a text, and returns its end if that may be the beginning of a
// character or a sequence.
func (s *screen) draw(text string) (rest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for text != "" {
		switch {
		case text[0] == '\r':
			s.column, text = 0, text[1:]
		case text[0] == '\n':
			s.down()
			text = text[1:]
		case strings.HasPrefix(text, "\x1b[K"):
			s.rows[s.row] = s.rows[s.row][:min(s.column, len(s.rows[s.row]))]
			text = text[3:]
		case text[0] == '\x1b' && len(text) < 3, !utf8.FullRuneInString(text):
			return text
		case text[0] < ' ':
			s.odd, text = fmt.Sprintf("%q", text), ""
		default:
			_, size := utf8.DecodeRuneInString(text)
			s.put(text[:size])
			text = text[size:]
		}
	}
	return ""
}

func (s *screen) down() {
	s.row++
	if s.row == len(s.rows) {
		s.rows = append(s.rows, nil)
	}
}

// put draws a character. The second cell of a wide one is empty.
func (s *screen) put(r string) {
	width := uniseg.StringWidth(r)
	if s.column+width > s.columns {
		s.down()
		s.column = 0
	}
	cells := s.rows[s.row]
	for len(cells) < s.column+width {
		cells = append(cells, " ")
	}
	cells[s.column] = r
	if width == 2 {
		cells[s.column+1] = ""
	}
	s.rows[s.row], s.column = cells, s.column+width
}

// lines returns the lines, and the first output that is no line.
func (s *screen) lines() (lines []string, odd string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cells := range s.rows {
		lines = append(lines, strings.Join(cells, ""))
	}
	return lines, s.odd
}
