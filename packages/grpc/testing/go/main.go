// A gRPC client of the echo service in src/testing/echo.ts, to try the server with a peer that is not ours.
// It needs no generated code: messages are bytes, written and read field by field.
//
// Usage: grpc-peer SOCKET. Prints a line per scenario: "ok NAME" or "FAIL NAME: why".
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

const service = "/davit.grpc.test.Echo/"

// bytesCodec passes messages through as they are.
type bytesCodec struct{}

func (bytesCodec) Name() string                  { return "proto" }
func (bytesCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (bytesCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func request(text string, count int, data []byte) *[]byte {
	var b []byte
	if text != "" {
		b = protowire.AppendString(protowire.AppendTag(b, 1, protowire.BytesType), text)
	}
	if count != 0 {
		b = protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), uint64(count))
	}
	if data != nil {
		b = protowire.AppendBytes(protowire.AppendTag(b, 3, protowire.BytesType), data)
	}
	return &b
}

// textOf is field 1 of a message.
func textOf(b []byte) string {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if num == 1 {
			text, _ := protowire.ConsumeString(b[n:])
			return text
		}
		b = b[n+protowire.ConsumeFieldValue(num, typ, b[n:]):]
	}
	return ""
}

type peer struct{ conn *grpc.ClientConn }

func (p peer) say(ctx context.Context, req *[]byte, opts ...grpc.CallOption) (string, error) {
	var res []byte
	err := p.conn.Invoke(ctx, service+"Say", req, &res, opts...)
	return textOf(res), err
}

func (p peer) stream(ctx context.Context, method string) (grpc.ClientStream, error) {
	desc := &grpc.StreamDesc{ServerStreams: method != "Sum", ClientStreams: method != "Count"}
	return p.conn.NewStream(ctx, desc, service+method)
}

func want(got, expected any) error {
	if got != expected {
		return fmt.Errorf("got %q, want %q", fmt.Sprint(got), fmt.Sprint(expected))
	}
	return nil
}

func wantStatus(err error, code codes.Code, message string) error {
	s := status.Convert(err)
	if s.Code() != code || (message != "" && s.Message() != message) {
		return fmt.Errorf("got %v %q, want %v %q", s.Code(), s.Message(), code, message)
	}
	return nil
}

var scenarios = []struct {
	name string
	run  func(ctx context.Context, p peer) error
}{
	{"unary", func(ctx context.Context, p peer) error {
		text, err := p.say(ctx, request("größe", 0, nil))
		return errors.Join(err, want(text, "größe"))
	}},
	{"an empty message", func(ctx context.Context, p peer) error {
		text, err := p.say(ctx, request("", 0, nil))
		return errors.Join(err, want(text, ""))
	}},
	{"the first of several namespaces", func(ctx context.Context, p peer) error {
		ctx = metadata.AppendToOutgoingContext(ctx, "containerd-namespace", "one", "containerd-namespace", "two")
		text, err := p.say(ctx, request("namespace", 0, nil))
		return errors.Join(err, want(text, "one"))
	}},
	{"12 KB and 70 KB of headers", func(ctx context.Context, p peer) error {
		for _, size := range []int{12_000, 70_000} {
			ctx := metadata.AppendToOutgoingContext(ctx, "containerd-lease", strings.Repeat("x", size))
			text, err := p.say(ctx, request("lease", 0, nil))
			if err := errors.Join(err, want(len(text), size)); err != nil {
				return err
			}
		}
		return nil
	}},
	{"status texts", func(ctx context.Context, p peer) error {
		_, notFound := p.say(ctx, request("fail:100% größer\nx", 0, nil))
		_, plain := p.say(ctx, request("plain", 0, nil))
		_, long := p.say(ctx, request("long", 0, nil))
		return errors.Join(wantStatus(notFound, codes.NotFound, "100% größer\nx: not found"),
			wantStatus(plain, codes.Unknown, "plain text"), want(len(status.Convert(long).Message()), 100_000))
	}},
	{"status details", func(ctx context.Context, p peer) error {
		_, err := p.say(ctx, request("details", 0, nil))
		details := status.Convert(err).Proto().GetDetails()
		if len(details) != 1 {
			return fmt.Errorf("got %d details", len(details))
		}
		return errors.Join(wantStatus(err, codes.Unavailable, "registry: unavailable"),
			want(details[0].GetTypeUrl(), "example/detail"), want(string(details[0].GetValue()), "value"))
	}},
	{"unknown service and method", func(ctx context.Context, p peer) error {
		var res []byte
		service := p.conn.Invoke(ctx, "/a.b.C/M", request("", 0, nil), &res)
		method := p.conn.Invoke(ctx, "/davit.grpc.test.Echo/Shout", request("", 0, nil), &res)
		return errors.Join(wantStatus(service, codes.Unimplemented, "unknown service a.b.C"),
			wantStatus(method, codes.Unimplemented, "unknown method Shout for service davit.grpc.test.Echo"))
	}},
	{"a server stream", func(ctx context.Context, p peer) error {
		s, err := p.stream(ctx, "Count")
		if err != nil {
			return err
		}
		if err := errors.Join(s.SendMsg(request("", 1000, nil)), s.CloseSend()); err != nil {
			return err
		}
		n := 0
		for {
			var res []byte
			if err := s.RecvMsg(&res); err == io.EOF {
				return want(n, 1000)
			} else if err != nil {
				return err
			}
			n++
		}
	}},
	{"a client stream", func(ctx context.Context, p peer) error {
		s, err := p.stream(ctx, "Sum")
		if err != nil {
			return err
		}
		for _, text := range []string{"a", "", "b"} {
			if err := s.SendMsg(request(text, 0, nil)); err != nil {
				return err
			}
		}
		var res []byte
		return errors.Join(s.CloseSend(), s.RecvMsg(&res), want(textOf(res), "a++b"))
	}},
	{"a bidi stream, answer by answer, and its half-close", func(ctx context.Context, p peer) error {
		s, err := p.stream(ctx, "Chat")
		if err != nil {
			return err
		}
		for _, text := range []string{"one", "two"} {
			var res []byte
			err := errors.Join(s.SendMsg(request(text, 0, nil)), s.RecvMsg(&res), want(textOf(res), text))
			if err != nil {
				return err
			}
		}
		var res []byte
		return errors.Join(s.CloseSend(), want(s.RecvMsg(&res), io.EOF))
	}},
	{"an early error on a client that still sends", func(ctx context.Context, p peer) error {
		for range 20 {
			s, err := p.stream(ctx, "Sum")
			if err != nil {
				return err
			}
			_ = s.SendMsg(request("early", 0, nil))
			for range 8 {
				if err := s.SendMsg(request("", 0, make([]byte, 1<<20))); err != nil {
					break
				}
			}
			var res []byte
			if err := wantStatus(s.RecvMsg(&res), codes.NotFound, "early: not found"); err != nil {
				return err
			}
		}
		return nil
	}},
	{"15 MB pass, 17 MB are refused", func(ctx context.Context, p peer) error {
		_, small := p.say(ctx, request("", 0, make([]byte, 15<<20)))
		_, big := p.say(ctx, request("", 0, make([]byte, 17<<20)))
		return errors.Join(small, wantStatus(big, codes.ResourceExhausted,
			"grpc: received message larger than max (17825797 vs. 16777216)"))
	}},
	{"gzip requests", func(ctx context.Context, p peer) error {
		text, err := p.say(ctx, request(strings.Repeat("z", 10_000), 0, nil), grpc.UseCompressor(gzip.Name))
		_, bomb := p.say(ctx, request("", 0, make([]byte, 17<<20)), grpc.UseCompressor(gzip.Name))
		return errors.Join(err, want(len(text), 10_000), wantStatus(bomb, codes.ResourceExhausted, ""))
	}},
	{"a deadline", func(ctx context.Context, p peer) error {
		ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		_, err := p.say(ctx, request("sleep", 0, nil))
		return wantStatus(err, codes.DeadlineExceeded, "")
	}},
	{"a deadline far away", func(ctx context.Context, p peer) error {
		ctx, cancel := context.WithTimeout(ctx, 1000*time.Hour)
		defer cancel()
		_, err := p.say(ctx, request("", 0, nil))
		return err
	}},
	{"20 reads and 20 writes cancelled half-way", func(ctx context.Context, p peer) error {
		for i := range 40 {
			ctx, cancel := context.WithCancel(ctx)
			var res []byte
			method, req := "Count", request("", 100_000, make([]byte, 10_000))
			if i%2 == 1 {
				method, req = "Chat", request("x", 0, make([]byte, 100_000))
			}
			s, err := p.stream(ctx, method)
			if err == nil {
				err = errors.Join(s.SendMsg(req), s.RecvMsg(&res))
			}
			cancel()
			if err != nil {
				return err
			}
		}
		return nil
	}},
	{"500 calls at once", func(ctx context.Context, p peer) error {
		var wg sync.WaitGroup
		errs := make([]error, 500)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = p.say(ctx, request("", 0, make([]byte, 100_000)))
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	}},
}

func main() {
	conn, err := grpc.NewClient("unix://"+os.Args[1],
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(bytesCodec{}), grpc.MaxCallRecvMsgSize(64<<20), grpc.MaxCallSendMsgSize(64<<20)))
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	for _, scenario := range scenarios {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		if err := scenario.run(ctx, peer{conn}); err != nil {
			fmt.Printf("FAIL %s: %s\n", scenario.name, strings.ReplaceAll(err.Error(), "\n", " / "))
		} else {
			fmt.Printf("ok %s\n", scenario.name)
		}
		cancel()
	}
}
