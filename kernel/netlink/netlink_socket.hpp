// A NETLINK_ROUTE socket through libmnl: whole datagrams in, whole batches out, never blocking.
//
// The monitor reads dumps and notifications from one, the FIB writer sends batches and reads
// errors from another. Only datagrams that the kernel itself sent are handed on.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "net/bytes.hpp"

struct mnl_socket;

namespace pipit::kernel {

/// Room for datagrams that are read together, and views of those that were.
class Datagrams {
 public:
  /// The most that are taken per system call, and room for each: the kernel makes dumps of at most
  /// 32 KiB.
  static constexpr std::size_t kMost = 16;
  static constexpr std::size_t kSize = 32768;

  /// `most`: up to kMost.
  explicit Datagrams(std::size_t most)
      : most_(most), buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(most * kSize)) {}

  std::span<const net::ByteView> views() const { return {views_.data(), count_}; }

 private:
  friend class NetlinkSocket;

  std::size_t most_;
  std::unique_ptr<std::uint8_t[]> buffer_;  // pages are touched when they are used
  std::array<net::ByteView, kMost> views_{};
  std::size_t count_ = 0;
};

class NetlinkSocket {
 public:
  enum class Received : std::uint8_t {
    Data,    // at least one datagram
    Empty,   // nothing to read now
    Lost,    // ENOBUFS or a truncated datagram: something the kernel said is gone for good
    Failed,  // the socket is of no use
  };

  /// Opens a socket that is a member of the multicast groups (RTNLGRP_*). `receive_buffer`: octets,
  /// granted beyond rmem_max when privileged. Errors are a text.
  static std::expected<NetlinkSocket, std::string> open(std::span<const unsigned> groups,
                                                        int receive_buffer);

  int descriptor() const;
  /// The kernel's name for this socket: notifications of what it asked for carry it.
  std::uint32_t port() const;

  /// Lets a datagram be that large, which the kernel's default does unless it was lowered.
  void allow_sending(std::size_t octets);

  /// Sends one datagram of whole messages. Returns 0 or an errno value. For rtnetlink the kernel
  /// has carried the requests out when this returns.
  int send(net::ByteView messages);

  /// Reads what is there, as much as there is room for. After Failed errno tells why.
  Received receive(Datagrams& into);

  /// The same into room of its own.
  Received receive() { return receive(own_); }

  /// What the last receive() read; valid until the next one.
  std::span<const net::ByteView> datagrams() const { return own_.views(); }

 private:
  struct Close {
    void operator()(mnl_socket* socket) const;
  };

  explicit NetlinkSocket(mnl_socket* socket);

  std::unique_ptr<mnl_socket, Close> socket_;
  Datagrams own_{Datagrams::kMost};
  bool truncated_ = false;  // to be reported as Lost by the next call
};

}  // namespace pipit::kernel
