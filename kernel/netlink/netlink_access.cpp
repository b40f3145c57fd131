// KernelAccess by netlink sockets, beside threads for what takes long.
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "kernel/netlink/access.hpp"
#include "kernel/netlink/fib_thread.hpp"
#include "kernel/netlink/read_ahead.hpp"

namespace pipit::kernel {

namespace {

constexpr int kSenderBuffer = 4 * 1024 * 1024;  // octets

class HostMonitorSocket final : public MonitorSocket {
 public:
  HostMonitorSocket(boost::asio::io_context& context,
                    NetlinkSocket socket,
                    std::function<void()> on_readable)
      : context_(context),
        socket_(std::move(socket)),
        on_readable_(std::move(on_readable)),
        watch_(context, socket_.descriptor(), on_readable_) {}

  std::uint32_t port() const override { return socket_.port(); }

  int send(net::ByteView request) override { return socket_.send(request); }

  void send_for_long_answer(net::ByteView request) override {
    ahead_.emplace(context_, socket_, net::Bytes(request.begin(), request.end()), on_readable_);
  }

  std::optional<Received> receive() override {
    error_ = 0;
    if (ahead_) {
      const auto received = ahead_->receive();
      if (received && *received == Received::Failed) {
        error_ = ahead_->error();
      }
      if (!received || *received != Received::Empty) {
        return received;
      }
      // The thread has read all there was: from now on the loop reads again.
      refused_ = ahead_->error();
      ahead_.reset();
    }
    const Received received = socket_.receive();
    if (received == Received::Failed) {
      error_ = errno;
    } else if (received == Received::Empty) {
      error_ = std::exchange(refused_, 0);
    }
    return received;
  }

  std::span<const net::ByteView> datagrams() const override {
    return ahead_ ? ahead_->datagrams() : socket_.datagrams();
  }

  int error() const override { return error_; }

  void arm() override {
    if (!ahead_) {
      watch_.arm();
    }
  }

 private:
  boost::asio::io_context& context_;
  NetlinkSocket socket_;
  std::function<void()> on_readable_;
  ReadWatch watch_;
  std::optional<ReadAhead> ahead_;  // reads the socket while it is there
  int refused_ = 0;
  int error_ = 0;
};

class HostKernel final : public KernelAccess {
 public:
  explicit HostKernel(boost::asio::io_context& context) : context_(context) {}

  std::expected<std::unique_ptr<MonitorSocket>, std::string> open_monitor(
      int receive_buffer, std::function<void()> on_readable) override {
    constexpr std::array<unsigned, 6> kGroups{RTNLGRP_LINK,        RTNLGRP_IPV4_IFADDR,
                                              RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
                                              RTNLGRP_IPV6_ROUTE,  RTNLGRP_NEXTHOP};
    auto opened = NetlinkSocket::open(kGroups, receive_buffer);
    if (!opened) {
      return std::unexpected(opened.error());
    }
    return std::make_unique<HostMonitorSocket>(context_, std::move(*opened),
                                               std::move(on_readable));
  }

  std::expected<std::unique_ptr<FibSender>, std::string> open_sender(
      std::function<void()> on_answered) override {
    auto opened = NetlinkSocket::open({}, kSenderBuffer);
    if (!opened) {
      return std::unexpected(opened.error());
    }
    try {
      return std::make_unique<FibThread>(context_, std::move(*opened), std::move(on_answered));
    } catch (const std::system_error& error) {
      return std::unexpected(fmt::format("no thread for writing routes: {}", error.what()));
    }
  }

  std::unique_ptr<Timer> make_timer(std::function<void()> on_expiry) override {
    return std::make_unique<AsioTimer>(context_, std::move(on_expiry));
  }

 private:
  boost::asio::io_context& context_;
};

}  // namespace

std::unique_ptr<KernelAccess> host_kernel(boost::asio::io_context& context) {
  return std::make_unique<HostKernel>(context);
}

}  // namespace pipit::kernel
