#include "tests/unit/kernel/lab.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sched.h>

#include "kernel/netlink/access.hpp"
#include "tests/unit/catch.hpp"

namespace pipit::kernel::test {

namespace {

class AsioLoop : public net::Loop {
 public:
  explicit AsioLoop(boost::asio::io_context& context) : context_(context) {}

  net::TimePoint now() const override { return net::Clock::now(); }

  net::WallTime wall_now() const override { return net::WallTime::clock::now(); }

  std::uint64_t random_seed() override { return 1; }

 protected:
  void enqueue(net::Task& task) override {
    queue_.push_back(&task);
    boost::asio::post(context_, [this] {
      if (!queue_.empty()) {
        net::Task* next = queue_.front();
        queue_.pop_front();
        run_slice(*next);
      }
    });
  }

  void dequeue(net::Task& task) override { std::erase(queue_, &task); }

 private:
  boost::asio::io_context& context_;
  std::deque<net::Task*> queue_;
};

}  // namespace

bool enter_namespace() {
  if (unshare(CLONE_NEWNET) != 0) {
    WARN("needs root for a network namespace: skipped");
    return false;
  }
  sh("ip link set lo up");
  return true;
}

void sh(const std::string& command) {
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> part{};
  while (std::fgets(part.data(), static_cast<int>(part.size()), pipe) != nullptr) {
    text += part.data();
  }
  pclose(pipe);
  return text;
}

void ip_batch(int count, const std::function<std::string(int)>& write, bool v6) {
  FILE* pipe = popen(v6 ? "ip -6 -batch -" : "ip -batch -", "w");
  REQUIRE(pipe != nullptr);
  for (int i = 0; i < count; ++i) {
    const std::string line = write(i) + "\n";
    std::fputs(line.c_str(), pipe);
  }
  REQUIRE(pclose(pipe) == 0);
}

struct Lab::Inside {
  explicit Inside(Lab& lab, LabOptions options) : loop(context) {
    monitor = std::make_unique<Monitor>(*kernel, loop, lab, std::move(options.monitor));
    if (options.with_writer) {
      writer = std::make_unique<FibWriter>(*kernel, loop, options.fib);
    }
  }

  boost::asio::io_context context;
  std::unique_ptr<KernelAccess> kernel = host_kernel(context);
  AsioLoop loop;
  std::unique_ptr<Monitor> monitor;
  std::unique_ptr<FibWriter> writer;
  std::vector<std::string> events;
};

Lab::Lab(LabOptions options) : inside_(std::make_unique<Inside>(*this, std::move(options))) {
  if (inside_->writer) {
    REQUIRE(inside_->writer->start());
  }
  REQUIRE(inside_->monitor->start());
  REQUIRE(until([this] { return synchronized > 0; }));
}

Lab::~Lab() {
  inside_->writer.reset();
  inside_->monitor.reset();
}

bool Lab::until(const std::function<bool()>& condition) {
  const auto end = net::Clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (net::Clock::now() > end) {
      return false;
    }
    inside_->context.restart();
    inside_->context.run_one_for(std::chrono::milliseconds(50));
  }
  return true;
}

void Lab::step() {
  inside_->context.restart();
  inside_->context.poll_one();
}

void Lab::settle() {
  // A marker that comes after everything else in the order of notifications.
  static int round = 0;
  const std::string prefix = fmt::format("198.18.{}.{}/32", (round / 256) % 256, round % 256);
  ++round;
  sh("ip route add unreachable " + prefix + " metric 4242");
  const net::Prefix marker = net::Prefix::parse(prefix).value();
  const auto present = [&] {
    bool found = false;
    monitor().routes().for_prefix(254, marker,
                                  [&](const RouteKey&, const RouteBody&) { found = true; });
    return found;
  };
  REQUIRE(until([&] { return present() && monitor().synchronized(); }));
  sh("ip route del unreachable " + prefix + " metric 4242");
  REQUIRE(until([&] { return !present() && monitor().synchronized(); }));
}

std::vector<std::string> Lab::view(std::uint32_t table) const {
  std::vector<std::string> lines;
  inside_->monitor->routes().for_each([&](const Route& route) {
    if (route.key.table == table) {
      lines.push_back(to_string(route));
    }
  });
  std::sort(lines.begin(), lines.end());
  return lines;
}

bool Lab::has(const std::string& route) const {
  const auto lines = view();
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.starts_with(route); });
}

std::uint32_t Lab::index_of(const std::string& interface) const {
  const Link* link = inside_->monitor->find_link(interface);
  REQUIRE(link != nullptr);
  return link->index;
}

std::vector<std::string> Lab::take_events() {
  return std::exchange(inside_->events, {});
}

void Lab::on_link_changed(const Link* before, const Link& after) {
  inside_->events.push_back(
      fmt::format("link {}{}", before == nullptr ? "+" : before->name + ">", after.name));
  if (inside_->writer) {
    inside_->writer->retry_now();
  }
}

void Lab::on_link_removed(const Link& link) {
  inside_->events.push_back("link -" + link.name);
}

void Lab::on_address_added(const InterfaceAddress& address) {
  inside_->events.push_back("address +" + address.address.to_string());
  if (inside_->writer) {
    inside_->writer->retry_now();
  }
}

void Lab::on_address_removed(const InterfaceAddress& address) {
  inside_->events.push_back("address -" + address.address.to_string());
}

void Lab::on_route_changed(const Route* before, const Route& after, std::uint32_t origin) {
  if (inside_->events.size() < 100'000) {
    inside_->events.push_back((before == nullptr ? "route + " : "route > ") + to_string(after));
  }
  if (inside_->writer) {
    inside_->writer->on_route_changed(before, after, origin);
  }
}

void Lab::on_route_removed(const Route& route, std::uint32_t origin) {
  if (inside_->events.size() < 100'000) {
    inside_->events.push_back("route - " + to_string(route));
  }
  if (inside_->writer) {
    inside_->writer->on_route_removed(route, origin);
  }
}

void Lab::on_overrun() {
  if (inside_->writer) {
    inside_->writer->on_overrun();
  }
}

void Lab::on_caught_up() {
  if (inside_->writer) {
    inside_->writer->on_caught_up();
  }
}

void Lab::on_settled() {}

void Lab::on_synchronized() {
  ++synchronized;
  if (inside_->writer) {
    inside_->writer->on_synchronized(&inside_->monitor->routes());
  }
}

void Lab::on_failed(const std::string& reason) {
  FAIL(reason);
}

Monitor& Lab::monitor() {
  return *inside_->monitor;
}

FibWriter& Lab::writer() {
  return *inside_->writer;
}

}  // namespace pipit::kernel::test
