package main

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"time"
)

// A frame is when it was taken, in nanoseconds since 1970, and then its pixels, of
// four bytes each. All frames have one size.
const (
	width, height = 64, 36
	header        = 8
	frameSize     = header + width*height*4
)

// take returns a frame, as a camera in front of a lava lamp would.
func take(at time.Time) []byte {
	frame := make([]byte, frameSize)
	binary.BigEndian.PutUint64(frame, uint64(at.UnixNano()))
	picture := pictureOf(frame)
	s := math.Mod(float64(at.UnixNano())/1e9, 1000)
	wave := func(phase float64) uint8 { return uint8(128 + 127*math.Sin(phase)) }
	for y := range height {
		for x := range width {
			dx, dy := float64(x)/width-0.5, float64(y)/height-0.5
			v := math.Sin(6*dx+s) + math.Sin(5*dy-1.3*s) + math.Sin(8*math.Hypot(dx+0.4*math.Sin(s), dy+0.4*math.Cos(0.7*s))+s)
			picture.SetRGBA(x, y, color.RGBA{wave(2 * v), wave(2*v + 2), wave(2*v + 4), 255})
		}
	}
	return frame
}

// takenAt returns when a frame was taken.
func takenAt(frame []byte) time.Time { return time.Unix(0, int64(binary.BigEndian.Uint64(frame))) }

// pictureOf returns the picture in a frame, which shares its memory.
func pictureOf(frame []byte) *image.RGBA {
	return &image.RGBA{Pix: frame[header:], Stride: width * 4, Rect: image.Rect(0, 0, width, height)}
}

// blocks returns a picture for a terminal, two pixels a character: the upper one is
// the colour of a half block, the lower one that of its background.
func blocks(p *image.RGBA) string {
	var b strings.Builder
	for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y += 2 {
		for x := p.Rect.Min.X; x < p.Rect.Max.X; x++ {
			up, low := p.RGBAAt(x, y), p.RGBAAt(x, y+1)
			fmt.Fprintf(&b, "\x1b[38;2;%d;%d;%dm\x1b[48;2;%d;%d;%dm▀", up.R, up.G, up.B, low.R, low.G, low.B)
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String()
}
