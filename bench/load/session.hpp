// One BGP session of the load generator: connects, shakes hands, sends what it is given and feeds
// a Receiver. Driven by the epoll loop of Run, which owns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>

#include <sys/types.h>

#include "bench/load/receiver.hpp"
#include "bgp/wire/message.hpp"
#include "net/address.hpp"
#include "net/bytes.hpp"

namespace pipit::load {

struct SessionEnds {
  net::IpAddress local;
  net::IpAddress dut;
  std::uint32_t asn = 0;
  std::uint16_t hold_time = 240;
  /// Negotiates IPv6 only, of which there is nothing: nothing but keepalives goes over it.
  bool idle = false;
};

class Session {
 public:
  Session(const SessionEnds& ends, const Workload& workload, const ReceiverRole& role);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Begins a TCP connection. False: the system refused at once.
  bool connect();
  /// Ends the connection, if any, without a word.
  void close();

  int descriptor() const { return descriptor_; }

  bool established() const { return state_ == State::Established; }

  /// Leaves unread what comes until read_on().
  void stop_reading() { stopped_ = true; }

  void read_on() { stopped_ = false; }

  bool stopped() const { return stopped_; }

  bool idle() const { return ends_.idle; }

  /// The longest time between two KEEPALIVEs by the kernel's clock, of an idle session; 0: none.
  double longest_silence() const { return longest_silence_; }

  bool wants_to_write() const { return state_ == State::Connecting || !queue_.empty(); }

  /// Sends octets as soon as the socket takes them.
  void send(net::Bytes octets);

  /// Handle epoll's events. False: the connection is gone, error() says why.
  bool on_readable();
  bool on_writable();

  const std::string& error() const { return error_; }

  Receiver& receiver() { return receiver_; }

  const Receiver& receiver() const { return receiver_; }

 private:
  enum class State : std::uint8_t { Idle, Connecting, OpenSent, OpenConfirm, Established };

  bool fail(std::string reason);
  void send_open();
  bool on_frame(const bgp::Frame& frame);
  ssize_t receive(std::span<std::uint8_t> buffer);

  SessionEnds ends_;
  Receiver receiver_;
  State state_ = State::Idle;
  int descriptor_ = -1;
  bgp::FrameBuffer frames_;
  std::deque<net::Bytes> queue_;
  std::size_t sent_of_front_ = 0;
  std::string error_;
  bool stopped_ = false;
  double arrived_ = 0;         // when the octets did that are being read, in seconds
  double last_keepalive_ = 0;  // likewise; 0: none yet
  double longest_silence_ = 0;
};

}  // namespace pipit::load
