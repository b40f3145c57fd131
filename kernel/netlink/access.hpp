// How the monitor and the FIB writer reach the kernel. The daemon has netlink sockets and threads
// behind it (kernel/netlink/netlink_access.cpp), tests a simulated kernel.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "kernel/netlink/fib_sender.hpp"
#include "kernel/netlink/netlink_socket.hpp"
#include "kernel/netlink/watch.hpp"
#include "net/bytes.hpp"

namespace pipit::kernel {

/// What the monitor reads: notifications, and the answers to its requests. Owned by the monitor.
class MonitorSocket {
 public:
  using Received = NetlinkSocket::Received;

  virtual ~MonitorSocket() = default;

  /// The kernel's name for it: answers to its requests carry it.
  virtual std::uint32_t port() const = 0;

  /// Sends a request. Returns 0 or an errno value.
  virtual int send(net::ByteView request) = 0;
  /// Sends a request with a long answer, which is read ahead of the loop.
  virtual void send_for_long_answer(net::ByteView request) = 0;

  /// What NetlinkSocket::receive() says; nullopt: more is on its way, on_readable will tell.
  virtual std::optional<Received> receive() = 0;
  /// What the last receive() gave; valid until the next one.
  virtual std::span<const net::ByteView> datagrams() const = 0;
  /// The errno value of the last receive(): with Failed of the read; with Empty of the request for
  /// a long answer when that could not be sent, else 0.
  virtual int error() const = 0;

  /// Asks for one call of on_readable when there is something to receive.
  virtual void arm() = 0;
};

class KernelAccess {
 public:
  virtual ~KernelAccess() = default;

  /// Opens a socket that hears of links, addresses, routes and nexthop objects. Errors are a text.
  virtual std::expected<std::unique_ptr<MonitorSocket>, std::string> open_monitor(
      int receive_buffer, std::function<void()> on_readable) = 0;

  /// `on_answered` is called on the loop when the answers of a batch are there to be taken.
  virtual std::expected<std::unique_ptr<FibSender>, std::string> open_sender(
      std::function<void()> on_answered) = 0;

  virtual std::unique_ptr<Timer> make_timer(std::function<void()> on_expiry) = 0;
};

/// The kernel that this process runs on. The context must outlive what it gives.
std::unique_ptr<KernelAccess> host_kernel(boost::asio::io_context& context);

}  // namespace pipit::kernel
