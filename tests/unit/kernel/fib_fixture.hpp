// A namespace with an interface `va`, writers in it, and what the tests of them ask of the kernel.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <net/if.h>

#include "kernel/netlink/access.hpp"
#include "net/asio_loop.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/kernel/lab.hpp"

namespace pipit::kernel::test {

inline net::Prefix prefix(const std::string& text) {
  return net::Prefix::parse(text).value();
}

inline void make_net() {
  sh("ip link add va type veth peer name vb && ip link set va up && ip link set vb up");
  sh("ip address add 192.0.2.1/24 dev va");
  sh("ip -6 address add 2001:db8::1/64 dev va nodad");
}

inline LabOptions three_tables() {
  LabOptions options;
  options.monitor.tables = {100, 200, kMainTable};
  options.fib.places = {.tables = {100, 200, kMainTable}, .metrics = {32, 50, 70}};
  return options;
}

/// A writer without a monitor: the test says what has happened in the kernel, and when that is
/// told.
class UntoldWriter {
 public:
  UntoldWriter() {
    REQUIRE(fib->start());
    fib->on_synchronized();
    fib->reconcile();
    while (loop.run_one_for({})) {
    }
  }

  /// Runs the loop until the condition holds. False: not within 20 s.
  bool until(const std::function<bool()>& condition) {
    const auto end = net::Clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (net::Clock::now() > end) {
        return false;
      }
      loop.run_one_for(std::chrono::milliseconds(50));
    }
    return true;
  }

  /// Hands what is queued to the kernel, as one batch, and waits as wait_for() does.
  void send(const std::function<bool()>& carried_out) {
    REQUIRE(loop.run_one_for(std::chrono::seconds(1)));
    wait_for(carried_out);
  }

  /// Waits until the batch that is on its way is `carried_out`; the answers are not worked in.
  void wait_for(const std::function<bool()>& carried_out) {
    REQUIRE_FALSE(fib->idle());
    const auto end = net::Clock::now() + std::chrono::seconds(20);
    while (!carried_out()) {
      REQUIRE(net::Clock::now() < end);
    }
  }

  /// Works in the answers, and all that follows from them.
  bool settle() {
    return until([this] { return fib->idle(); });
  }

  net::AsioLoop loop;
  std::unique_ptr<KernelAccess> kernel = host_kernel(loop.context());
  std::unique_ptr<FibWriter> fib = std::make_unique<FibWriter>(
      *kernel,
      loop,
      Ownership{.protocol = kProtocolBgp,
                .places = {.tables = {100, 200, kMainTable}, .metrics = {32, 50, 70}}});
};

/// Routes of a writer over gateways 192.0.2.N and 2001:db8::N.
class Routes {
 public:
  explicit Routes(FibWriter& fib) : fib_(fib), va_(if_nametoindex("va")) {}

  explicit Routes(Lab& lab) : Routes(lab.writer()) {}

  Hop via(const std::string& gateway) const {
    return {.gateway = net::IpAddress::parse(gateway), .interface_index = va_};
  }

  void set(const std::string& to,
           std::uint32_t table,
           std::uint32_t metric,
           const std::vector<int>& gateways = {2}) {
    FibRoute route{.prefix = prefix(to), .table = table, .metric = metric};
    for (const int gateway : gateways) {
      const char* net = route.prefix.address().is_v6() ? "2001:db8::{}" : "192.0.2.{}";
      route.hops.push_back(via(fmt::format(fmt::runtime(net), gateway)));
    }
    if (gateways.empty()) {
      route.type = RouteType::Blackhole;
    }
    fib_.set(route);
  }

 private:
  FibWriter& fib_;
  std::uint32_t va_;
};

inline std::string table(std::uint32_t number, const std::string& options = "proto bgp") {
  const std::string rest = fmt::format("route show table {} {} 2>/dev/null", number, options);
  return output_of("ip " + rest) + output_of("ip -6 " + rest);
}

/// True when routes of the writer stand in the table, or are wanted there.
inline bool uses(const FibWriter& fib, std::uint32_t number) {
  return std::ranges::any_of(fib.used_places(),
                             [&](const FibPlace& place) { return place.table == number; });
}

inline bool written(Lab& lab) {
  return lab.until([&] { return lab.writer().idle(); });
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace pipit::kernel::test
