// The monitor's socket of the simulated kernel: what it is told, in netlink's octets, with a dump
// that is made part by part as it is read.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "kernel/monitor/route_view.hpp"
#include "tests/unit/kernel/simulated_kernel.hpp"

namespace pipit::kernel::test {

net::Bytes route_message(const Route& route,
                         std::uint16_t type,
                         std::uint16_t flags,
                         std::uint32_t sequence,
                         std::uint32_t port);
net::Bytes link_message(std::uint32_t index,
                        const SimulatedKernel::Port& link,
                        std::uint16_t type,
                        std::uint32_t sequence,
                        std::uint32_t port);
net::Bytes address_message(const InterfaceAddress& address,
                           std::uint16_t type,
                           std::uint32_t sequence,
                           std::uint32_t port);
/// NLMSG_DONE, or NLMSG_ERROR about the request with that sequence number.
net::Bytes end_message(std::uint16_t type, int error, std::uint32_t sequence, std::uint32_t port);

bool leads_over(const RouteBody& body, std::uint32_t index);

class SimulatedSocket final : public MonitorSocket {
 public:
  SimulatedSocket(SimulatedKernel& kernel, std::function<void()> on_readable);
  ~SimulatedSocket() override;

  std::uint32_t port() const override;
  int send(net::ByteView request) override;
  void send_for_long_answer(net::ByteView request) override;
  std::optional<Received> receive() override;

  std::span<const net::ByteView> datagrams() const override { return views_; }

  int error() const override { return 0; }

  void arm() override;

  /// True when nothing waits to be read.
  bool heard() const { return queue_.empty() && !overrun_ && !dump_; }

  /// `about`: what a notification is about; those about one prefix keep their order.
  void tell(net::Bytes octets, std::optional<net::Prefix> about);

 private:
  struct Message {
    net::Bytes octets;
    std::optional<net::Prefix> about;
  };

  struct Dump {
    std::uint32_t sequence = 0;
    bool routes = false;
    RouteScope scope;
    std::optional<RouteKey> last;  // that was given
  };

  void begin_dump(net::ByteView payload);
  void go_on_with_dump();
  bool in_scope(const RouteKey& key, const RouteBody& body) const;
  void call_soon();

  SimulatedKernel& kernel_;
  std::function<void()> on_readable_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::deque<Message> queue_;
  std::vector<net::Bytes> taken_;
  std::vector<net::ByteView> views_;
  std::optional<Dump> dump_;
  bool overrun_ = false;
  bool ahead_ = false;
  bool armed_ = false;
  bool called_ = false;
};

}  // namespace pipit::kernel::test
