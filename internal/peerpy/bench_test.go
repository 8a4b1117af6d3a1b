package peerpy_test

import (
	"testing"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

func BenchmarkAppendData(b *testing.B) {
	dst := make([]byte, 0, peerpy.HeaderSize)
	b.ReportAllocs()
	for size := int64(0); b.Loop(); size++ {
		if _, err := peerpy.AppendData(dst, size&0xffff, "bytes"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendDataRemembered(b *testing.B) {
	var a peerpy.DataAppender
	dst := make([]byte, 0, peerpy.HeaderSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Append(dst, 1024, "bytes"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseData(b *testing.B) {
	for name, header := range map[string]string{
		"canonical": "DATA|data_size=1024&data_type=bytes",
		"reordered": "DATA|data_type=bytes&data_size=1024",
	} {
		b.Run(name, func(b *testing.B) {
			h := padded(b, header)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := peerpy.ParseData(h); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseDataRemembered(b *testing.B) {
	var p peerpy.DataParser
	h := padded(b, "DATA|data_size=1024&data_type=bytes")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse(h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHello(b *testing.B) {
	h := peerpy.Hello{PeerName: "127.0.0.1:60663", DataType: "json", Rx: 1}
	dst := make([]byte, 0, peerpy.HeaderSize)
	b.ReportAllocs()
	for b.Loop() {
		header, err := peerpy.AppendHello(dst, h)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := peerpy.ParseHello(header); err != nil {
			b.Fatal(err)
		}
	}
}
