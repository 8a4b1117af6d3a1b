package main

import (
	"crypto/sha256"
	"fmt"
	"sync"
)

// Block is an entry of the ledger, which names the one before.
type Block struct {
	Height int    `json:"height"` // 1 for the first one
	Parent string `json:"parent"` // the ID of the one before; empty for the first one
	Miner  string `json:"miner"`  // who made it
}

// ID identifies a block and all that came before it: nobody can change one of them
// without changing the ID.
func (b Block) ID() string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%d %s %s", b.Height, b.Parent, b.Miner)))
}

// mostBlocks bounds what a node keeps, and what it tells who joins late. A real
// ledger would keep what it has on disk, and be asked for it.
const mostBlocks = 4096

// ledger is all the blocks that a node knows: a tree, for two nodes may make a
// successor of one block before they hear of each other.
type ledger struct {
	mu     sync.Mutex
	blocks map[string]Block // by ID; the empty one is the root
	tip    string           // the ID of the last block of the longest chain
}

func newLedger() *ledger { return &ledger{blocks: map[string]Block{"": {}}} }

// fits reports whether a block is a successor of one that is known. One that is not
// comes from somebody who makes things up.
func (l *ledger) fits(b Block) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	parent, known := l.blocks[b.Parent]
	return known && b.Height == parent.Height+1 && len(l.blocks) <= mostBlocks
}

// add adds a block that fits. The longest chain wins, and of two that are equally
// long, so that all nodes choose the same one, that with the lower ID.
func (l *ledger) add(b Block) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, before := b.ID(), l.blocks[l.tip]
	l.blocks[id] = b
	if b.Height > before.Height || b.Height == before.Height && id < l.tip {
		l.tip = id
	}
}

// next returns a new block at the end of the longest chain.
func (l *ledger) next(miner string) Block {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Block{Height: l.blocks[l.tip].Height + 1, Parent: l.tip, Miner: miner}
}

// chain returns the longest chain, the newest block first, and how many blocks
// there are besides.
func (l *ledger) chain() (chain []Block, others int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := l.tip; id != ""; id = l.blocks[id].Parent {
		chain = append(chain, l.blocks[id])
	}
	return chain, len(l.blocks) - 1 - len(chain)
}

// last returns the last block of the longest chain.
func (l *ledger) last() Block {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.blocks[l.tip]
}

// String is the length of the longest chain, and how its last ID begins.
func (l *ledger) String() string {
	b := l.last()
	return fmt.Sprintf("%d %.3s", b.Height, b.ID())
}
