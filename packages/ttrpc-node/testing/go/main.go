// Command ttrpc-peer is the other end of ttrpc-node's interop tests: Go's implementation of the protocol.
//
//	ttrpc-peer serve SOCKET   serves ttrpc_node.testing.Echo until its standard input ends
//	ttrpc-peer call SOCKET    calls every method of it, and prints a line for each
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const service = "ttrpc_node.testing.Echo"

func main() {
	run := map[string]func(string) error{"serve": serve, "call": call}[os.Args[1]]
	if err := run(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(socket string) error {
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	server.RegisterService(service, &ttrpc.ServiceDesc{
		Methods: map[string]ttrpc.Method{"Say": say},
		Streams: map[string]ttrpc.Stream{
			"Count": {Handler: count, StreamingServer: true},
			"Join":  {Handler: join, StreamingClient: true},
			"Chat":  {Handler: chat, StreamingClient: true, StreamingServer: true},
		},
	})
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		server.Close()
	}()
	fmt.Println("serving")
	if err := server.Serve(context.Background(), listener); !errors.Is(err, ttrpc.ErrServerClosed) {
		return err
	}
	return nil
}

// say answers what it is told, but for three words.
func say(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
	var request wrapperspb.StringValue
	if err := unmarshal(&request); err != nil {
		return nil, err
	}
	switch request.Value {
	case "fail":
		return nil, status.Error(codes.NotFound, "container c1: not found")
	case "wait":
		<-ctx.Done()
		return nil, ctx.Err()
	case "metadata":
		metadata, _ := ttrpc.GetMetadata(ctx)
		values, _ := metadata.Get("key")
		deadline, ok := ctx.Deadline()
		within := ok && time.Until(deadline) < time.Minute
		return wrapperspb.String(fmt.Sprint(strings.Join(values, "+"), " ", within)), nil
	}
	return &request, nil
}

func count(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	var request wrapperspb.StringValue
	if err := stream.RecvMsg(&request); err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(request.Value)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, "not a number")
	}
	for i := 1; i <= n; i++ {
		if err := stream.SendMsg(wrapperspb.String(strconv.Itoa(i))); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func join(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	var all []string
	for {
		var request wrapperspb.StringValue
		if err := stream.RecvMsg(&request); errors.Is(err, io.EOF) {
			return wrapperspb.String(strings.Join(all, ",")), nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, request.Value)
	}
}

func chat(_ context.Context, stream ttrpc.StreamServer) (interface{}, error) {
	for {
		var request wrapperspb.StringValue
		if err := stream.RecvMsg(&request); errors.Is(err, io.EOF) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		if err := stream.SendMsg(wrapperspb.String(strings.ToUpper(request.Value))); err != nil {
			return nil, err
		}
	}
}

func call(socket string) error {
	connection, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	client := ttrpc.NewClient(connection)
	ctx := context.Background()
	ask := func(ctx context.Context, method, value string) string {
		var answer wrapperspb.StringValue
		if err := client.Call(ctx, service, method, wrapperspb.String(value), &answer); err != nil {
			return err.Error()
		}
		return answer.Value
	}
	fmt.Println("say:", ask(ctx, "Say", "hello"))
	fmt.Println("large:", len(ask(ctx, "Say", strings.Repeat("x", 4<<20-100))))
	fmt.Println("fail:", ask(ctx, "Say", "fail"))
	fmt.Println("method:", ask(ctx, "Nay", ""))
	withMetadata := ttrpc.WithMetadata(ctx, ttrpc.MD{"key": {"a", "b"}})
	withDeadline, cancel := context.WithTimeout(withMetadata, 10*time.Second)
	defer cancel()
	fmt.Println("metadata:", ask(withDeadline, "Say", "metadata"))
	short, cancelShort := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancelShort()
	fmt.Println("wait:", ask(short, "Say", "wait"))
	fmt.Println("count:", stream(ctx, client, "Count", &ttrpc.StreamDesc{StreamingServer: true}, "3"))
	fmt.Println("none:", stream(ctx, client, "Count", &ttrpc.StreamDesc{StreamingServer: true}, "0"))
	fmt.Println("bad:", stream(ctx, client, "Count", &ttrpc.StreamDesc{StreamingServer: true}, "x"))
	fmt.Println("join:", stream(ctx, client, "Join", &ttrpc.StreamDesc{StreamingClient: true}, "a", "", "b"))
	fmt.Println("chat:", stream(ctx, client, "Chat", &ttrpc.StreamDesc{StreamingClient: true, StreamingServer: true}, "a", "", "b"))
	fmt.Println("shutdown:", ask(ctx, "Say", "shutdown"))
	return nil
}

// stream sends values, as the one request or as many, and gathers the answers.
func stream(ctx context.Context, client *ttrpc.Client, method string, desc *ttrpc.StreamDesc, values ...string) string {
	var request interface{}
	if !desc.StreamingClient {
		request = wrapperspb.String(values[0])
	}
	s, err := client.NewStream(ctx, desc, service, method, request)
	if err != nil {
		return err.Error()
	}
	if desc.StreamingClient {
		for _, value := range values {
			if err := s.SendMsg(wrapperspb.String(value)); err != nil {
				return err.Error()
			}
		}
		if err := s.CloseSend(); err != nil {
			return err.Error()
		}
	}
	var all []string
	for {
		var answer wrapperspb.StringValue
		if err := s.RecvMsg(&answer); errors.Is(err, io.EOF) {
			return strings.Join(all, " ")
		} else if err != nil {
			return strings.Join(append(all, err.Error()), " ")
		}
		all = append(all, "("+answer.Value+")")
	}
}
