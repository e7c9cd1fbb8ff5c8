// The echo servers as a user of Go's standard library writes them: a goroutine a connection.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
)

const (
	maxLine      = 16384
	maxNetstring = 1 << 20
)

// lineScanner splits at CRLF and keeps it; bufio.ScanLines would split at a lone LF too.
func lineScanner(reader io.Reader) *bufio.Scanner {
	scanner := bufio.NewScanner(reader)
	scanner.Buffer(nil, maxLine+2)
	scanner.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if end := bytes.Index(data, []byte("\r\n")); end >= 0 {
			return end + 2, data[:end+2], nil
		}
		return 0, nil, nil
	})
	return scanner
}

// flushingReader sends what has been answered before it waits for more.
type flushingReader struct {
	io.Reader
	replies *bufio.Writer
}

func (r flushingReader) Read(into []byte) (int, error) {
	if err := r.replies.Flush(); err != nil {
		return 0, err
	}
	return r.Reader.Read(into)
}

func echo(conn net.Conn) {
	// io.Copy(conn, conn) would splice through a pipe: more system calls for small messages.
	buffer := make([]byte, 64*1024)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		if _, err := conn.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func lines(conn net.Conn) {
	replies := bufio.NewWriterSize(conn, 16*1024)
	scanner := lineScanner(flushingReader{conn, replies})
	for scanner.Scan() {
		replies.Write(scanner.Bytes())
	}
	replies.Flush()
}

func readNetstring(reader *bufio.Reader, into []byte) ([]byte, error) {
	head, err := reader.ReadSlice(':')
	if err != nil {
		return nil, err
	}
	length, err := strconv.ParseUint(string(head[:len(head)-1]), 10, 32)
	if err != nil || length > maxNetstring {
		return nil, errors.New("bad length of a netstring")
	}
	if uint64(cap(into)) < length+1 {
		into = make([]byte, length+1)
	}
	into = into[:length+1]
	if _, err := io.ReadFull(reader, into); err != nil {
		return nil, err
	}
	if into[length] != ',' {
		return nil, errors.New("no comma after a netstring")
	}
	return into[:length], nil
}

func netstrings(conn net.Conn) {
	replies := bufio.NewWriterSize(conn, 16*1024)
	reader := bufio.NewReaderSize(flushingReader{conn, replies}, 16*1024)
	var payload, head []byte
	var err error
	for {
		if payload, err = readNetstring(reader, payload); err != nil {
			break
		}
		head = append(strconv.AppendInt(head[:0], int64(len(payload)), 10), ':')
		replies.Write(head)
		replies.Write(payload)
		replies.WriteByte(',')
	}
	replies.Flush()
}

// hub knows the outgoing queue of each connection.
type hub struct {
	sync.Mutex
	members map[chan []byte]struct{}
}

// publish waits for those who do not read.
func (h *hub) publish(line []byte) {
	h.Lock()
	defer h.Unlock()
	for queue := range h.members {
		queue <- line
	}
}

// drain writes what is in the queue, together, until the queue is closed.
func drain(conn net.Conn, queue chan []byte) {
	writer := bufio.NewWriter(conn)
	for line := range queue {
		writer.Write(line)
		if len(queue) == 0 {
			writer.Flush() // after an error nothing is written any more, and the queue still drains
		}
	}
}

func (h *hub) serve(conn net.Conn) {
	queue := make(chan []byte, 64)
	h.Lock()
	h.members[queue] = struct{}{}
	h.Unlock()
	drained := make(chan struct{})
	go func() {
		drain(conn, queue)
		close(drained)
	}()

	scanner := lineScanner(conn)
	for scanner.Scan() {
		h.publish(append([]byte(nil), scanner.Bytes()...))
	}

	h.Lock()
	delete(h.members, queue)
	h.Unlock()
	close(queue)
	<-drained
}

func datagrams() error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	fmt.Println("listening on", conn.LocalAddr().(*net.UDPAddr).Port)
	buffer := make([]byte, 64*1024)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return err
		}
		conn.WriteToUDPAddrPort(buffer[:n], from)
	}
}

func connections(serve func(net.Conn)) error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr().(*net.TCPAddr).Port)
	for {
		conn, err := listener.Accept() // TCP_NODELAY is Go's default
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			serve(conn)
		}()
	}
}

func main() {
	runtime.GOMAXPROCS(1) // all the servers compared run on one core
	everybody := hub{members: map[chan []byte]struct{}{}}
	serve := map[string]func(net.Conn){
		"echo": echo, "line": lines, "netstring": netstrings, "fanout": everybody.serve,
	}
	var err error
	if len(os.Args) == 2 && os.Args[1] == "udp" {
		err = datagrams()
	} else if len(os.Args) == 2 && serve[os.Args[1]] != nil {
		err = connections(serve[os.Args[1]])
	} else {
		fmt.Fprintln(os.Stderr, "bench_go: knows no mode", os.Args[1:])
		os.Exit(3)
	}
	fmt.Fprintln(os.Stderr, "bench_go:", err)
	os.Exit(1)
}
