package localenv

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// ShiftedTemporal is a proxy that makes a worker's clock appear wrong: it
// shifts the times in the server's activity tasks, so that no real clock has to
// be wrong.
type ShiftedTemporal struct {
	// Address is the host and port of the frontend.
	Address string

	server   *grpc.Server
	upstream *grpc.ClientConn
	ahead    time.Duration
}

// ShiftTemporal starts a proxy for the server at an address. The clock of a
// worker behind it is ahead of the server's by a duration, which may be
// negative.
func ShiftTemporal(address string, ahead time.Duration) (*ShiftedTemporal, error) {
	upstream, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("the Temporal server: %w", err)
	}
	l, err := listen(0)
	if err != nil {
		_ = upstream.Close()
		return nil, err
	}
	s := &ShiftedTemporal{Address: l.Addr().String(), upstream: upstream, ahead: ahead}
	s.server = grpc.NewServer(grpc.ForceServerCodecV2(rawCodec{}), grpc.UnknownServiceHandler(s.forward))
	go func() { _ = s.server.Serve(l) }()
	return s, nil
}

// Stop stops the proxy.
func (s *ShiftedTemporal) Stop() {
	s.server.Stop()
	_ = s.upstream.Close()
}

// forward forwards one request; all of Temporal's are unary.
func (s *ShiftedTemporal) forward(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	var request, response []byte
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	ctx := stream.Context()
	if header, ok := metadata.FromIncomingContext(ctx); ok {
		ctx = metadata.NewOutgoingContext(ctx, header)
	}
	if err := s.invoke(ctx, method, &request, &response); err != nil {
		return err // a status, which the caller gets unchanged
	}
	return stream.SendMsg(&response)
}

func (s *ShiftedTemporal) invoke(ctx context.Context, method string, request, response *[]byte) error {
	if err := s.upstream.Invoke(ctx, method, request, response, grpc.ForceCodecV2(rawCodec{})); err != nil {
		return err
	}
	var err error
	switch {
	case strings.HasSuffix(method, "/PollActivityTaskQueue"):
		var polled workflowservice.PollActivityTaskQueueResponse
		*response, err = reworked(*response, &polled, func() { s.shift(&polled) })
	case strings.HasSuffix(method, "/RespondWorkflowTaskCompleted"):
		var completed workflowservice.RespondWorkflowTaskCompletedResponse
		*response, err = reworked(*response, &completed, func() { s.shift(completed.GetActivityTasks()...) })
	}
	return err
}

func reworked(encoded []byte, message proto.Message, change func()) ([]byte, error) {
	if err := proto.Unmarshal(encoded, message); err != nil {
		return nil, fmt.Errorf("decode what the Temporal server answers: %w", err)
	}
	change()
	return proto.Marshal(message)
}

func (s *ShiftedTemporal) shift(tasks ...*workflowservice.PollActivityTaskQueueResponse) {
	for _, task := range tasks {
		for _, at := range []*timestamppb.Timestamp{task.GetScheduledTime(), task.GetStartedTime(), task.GetCurrentAttemptScheduledTime()} {
			if at != nil {
				at.Seconds -= int64(s.ahead / time.Second)
			}
		}
	}
}

// rawCodec does not decode messages.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}
