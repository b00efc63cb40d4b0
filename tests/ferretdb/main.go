// A server that speaks MongoDB's protocol, for the tests: FerretDB with its data in SQLite files.
//
// FerretDB reads, compares and writes in three steps, so that of two guarded updates at the same time both could win. A
// MongoDB server carries out an update of one document in one step. So do we here: every message goes through a gate
// that lets one through at a time, from its request to its reply.
//
// usage: ferretdb ADDRESS FOLDER
package main

import (
	"context"
	"encoding/binary"
	"io"
	"log"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

const (
	// What was written outlives the process, and need not outlive the machine.
	quick       = "_pragma=busy_timeout(10000)&_pragma=synchronous(off)"
	headerBytes = 16
	mostBytes   = 48_000_000 // As MongoDB's maxMessageSizeBytes.
)

// copyMessage passes one message of MongoDB's wire protocol on: a header, which begins with the length, and a body.
func copyMessage(to io.Writer, from io.Reader) error {
	header := make([]byte, headerBytes)
	if _, err := io.ReadFull(from, header); err != nil {
		return err
	}
	length := int64(binary.LittleEndian.Uint32(header))
	if length < headerBytes || length > mostBytes {
		return io.ErrUnexpectedEOF
	}
	message := make([]byte, length)
	copy(message, header)
	if _, err := io.ReadFull(from, message[headerBytes:]); err != nil {
		return err
	}
	_, err := to.Write(message)
	return err
}

// message holds a whole message back until it can be passed on at once.
type message struct{ bytes []byte }

func (m *message) Write(bytes []byte) (int, error) {
	m.bytes = bytes
	return len(bytes), nil
}

func serve(client net.Conn, socket string, gate *sync.Mutex) {
	defer client.Close()
	server, err := net.Dial("unix", socket)
	if err != nil {
		log.Print(err)
		return
	}
	defer server.Close()
	for {
		// A client that stops in the middle of a message must not keep the others out.
		var request, reply message
		if copyMessage(&request, client) != nil {
			return
		}
		gate.Lock()
		_, err := server.Write(request.bytes)
		if err == nil {
			err = copyMessage(&reply, server)
		}
		gate.Unlock()
		if err != nil {
			return
		}
		if _, err := client.Write(reply.bytes); err != nil {
			return
		}
	}
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: ferretdb ADDRESS FOLDER")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	socket := filepath.Join(os.Args[2], "socket")
	_ = os.Remove(socket) // Of one that was killed.
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: socket},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Handler:   "sqlite",
		SQLiteURL: (&url.URL{Scheme: "file", Path: os.Args[2] + "/", RawQuery: quick}).String(),
	})
	if err != nil {
		log.Fatal(err)
	}
	var gate sync.Mutex
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(client, socket, &gate)
		}
	}()
	if err := server.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
