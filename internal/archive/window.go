package archive

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxWindow is the largest window of a zstd frame that is read, in bytes: the one
// of pg_dump's level 22 and of its "long" mode. A frame's header alone makes the
// reader allocate it.
const maxWindow = 128 << 20

// zstdReader reads consecutive zstd frames. The first one decides about the window
// of all, unless that is smaller than [ownWindow].
type zstdReader struct {
	chunks *chunkReader
	// ask is nil if windows take nobody's memory.
	ask     Windows
	decoder *zstd.Decoder
	// window is the largest window that decoder accepts, and release gives its
	// memory back.
	window  int64
	release func()
}

// windowError is the refusal of a window. It is no damage of the archive.
type windowError struct{ error }

func (w *windowError) Unwrap() error { return w.error }

// askForWindows sets who is asked for windows.
func (d *decoder) askForWindows(ask Windows) {
	if z, ok := d.stream.(*zstdReader); ok {
		z.ask = ask
	}
}

func (z *zstdReader) begin(Part) error {
	head := make([]byte, zstd.HeaderMaxSize)
	n, err := io.ReadFull(z.chunks, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	from := struct{ io.Reader }{io.MultiReader(bytes.NewReader(head[:n]), z.chunks)}
	window := windowOf(head[:n])
	if window > maxWindow {
		return damaged("it has zstd frames with a window of more than %d MiB", maxWindow>>20)
	}
	if z.decoder != nil && window == z.window {
		return z.decoder.Reset(from)
	}
	z.close()
	if err := z.take(window); err != nil {
		return err
	}
	z.decoder, err = zstd.NewReader(from,
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(window)))
	return err
}

// windowOf returns the window of the frame that begins with head, and at least
// [ownWindow]. The decoder finds out whether head is damaged.
func windowOf(head []byte) int64 {
	var h zstd.Header
	if h.Decode(head) != nil || h.Skippable {
		return ownWindow
	}
	window := h.WindowSize
	if h.SingleSegment {
		window = h.FrameContentSize
	}
	return int64(max(ownWindow, min(window, maxWindow+1)))
}

// take takes the memory of a window.
func (z *zstdReader) take(window int64) error {
	z.window, z.release = window, func() {}
	if z.ask == nil || window <= ownWindow {
		return nil
	}
	release, err := z.ask(window)
	if err != nil {
		return &windowError{err}
	}
	z.release = release
	return nil
}

func (z *zstdReader) Read(p []byte) (int, error) { return z.decoder.Read(p) }

func (z *zstdReader) close() {
	if z.decoder != nil {
		z.decoder.Close()
		z.decoder = nil
	}
	if z.release != nil {
		z.release()
		z.release = nil
	}
}
