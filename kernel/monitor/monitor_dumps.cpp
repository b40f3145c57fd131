// The dumps of the monitor: what to ask for, one after the other, and what is gone because a dump
// did not confirm it.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

#include "kernel/monitor/monitor_impl.hpp"
#include "net/log.hpp"

namespace pipit::kernel {

namespace {

constexpr std::size_t kSweepStep = 4096;  // entries looked at between two looks at the clock
constexpr unsigned kMaxInterrupted = 5;   // dumps in a row before a pause
constexpr auto kPause = std::chrono::seconds(1);
constexpr std::size_t kMaxInterfaceDumps = 8;  // beyond that one full dump is cheaper

}  // namespace

void Monitor::Impl::plan_what_is_doubtful() {
  const bool many = doubtful_links.size() > kMaxInterfaceDumps;
  for (const std::uint32_t index : doubtful_links) {
    if (routes.using_interface(index) == 0 && routes.impaired() == 0) {
      continue;
    }
    for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
      // A dump for an interface that is gone is an error, but multipath routes can outlive it.
      if (many || !links.contains(index)) {
        plan.add_routes(afi, options.tables);
      } else {
        plan.add({DumpKind::Routes, {.afi = afi, .interface_index = index}});
      }
    }
  }
  doubtful_links.clear();
  for (const net::IpAddress& source : doubtful_sources) {
    if (routes.using_source(source) != 0) {
      plan.add_routes(source.afi(), options.tables);
    }
  }
  doubtful_sources.clear();
  if (doubtful_routes && !paused) {
    if (loop.now() < doubt_not_before) {
      paused = true;
      pause->arm(kPause);
    } else {
      doubtful_routes = false;
      doubt_not_before = loop.now() + kPause;
      plan.add_routes(net::Afi::Ipv4, options.tables);
      plan.add_routes(net::Afi::Ipv6, options.tables);
    }
  }
  announced = announced && plan.empty() && !doubtful_routes;
}

void Monitor::Impl::begin_dump() {
  if (job || paused || plan.empty()) {
    return;
  }
  if (plan.front().kind == DumpKind::Routes && !std::exchange(barrier_passed, true)) {
    // Its answer is read before the dump begins: for a dump there must be room in the socket.
    MessageBatch barrier(MessageBatch::kOneRequest);
    put_barrier(barrier, ++sequence);
    socket->send(barrier.octets());
    wake();
    return;
  }
  barrier_passed = false;
  job = plan.take();
  job_ended = false;
  job_interrupted = false;
  job_error = 0;
  ++generation;
  sweep_position = 0;
  links_seen.clear();
  addresses_seen.clear();
  deleted_in_dump.clear();
  MessageBatch request(MessageBatch::kOneRequest);
  put_dump(request, *job, ++sequence);
  if (job->kind == DumpKind::Routes) {
    socket->send_for_long_answer(request.octets());
    wake();
    return;
  }
  job_error = socket->send(request.octets());
  if (job_error != 0) {
    job_ended = true;
    wake();
  }
}

/// Removes what the dump that has ended did not confirm. True when more of that remains to be done.
bool Monitor::Impl::finish_dump(const net::SliceBudget& budget) {
  // A table that nobody made is empty; without its interface a dump says nothing.
  if (job_error == ENODEV) {
    plan.add_routes(job->scope.afi, options.tables);
    end_job();
    return false;
  }
  // Notifications that came in between may have left no room for it.
  job_interrupted = job_interrupted || job_error == ENOBUFS;
  if (job_error != 0 && job_error != ENOENT && job_error != ENOBUFS) {
    plan.add(*job);
    rest(std::strerror(job_error));
    end_job();
    return false;
  }
  if (job_interrupted) {
    ++counters.interrupted;
    plan.add(*job);
    if (++interrupted_in_row > kMaxInterrupted) {
      rest("the tables change all the time");
    }
    end_job();
    return false;
  }
  switch (job->kind) {
    case DumpKind::Links:
      sweep_links();
      break;
    case DumpKind::Addresses:
      sweep_addresses();
      break;
    case DumpKind::Routes:
      while (routes.sweep(job->scope, generation, sweep_position, kSweepStep, [&](const Route& r) {
        changed = true;
        events.on_route_removed(r, kSeenInDump);
      })) {
        if (budget.spent()) {
          return true;
        }
      }
      break;
  }
  interrupted_in_row = 0;
  ++counters.dumps;
  end_job();
  return false;
}

void Monitor::Impl::end_job() {
  job.reset();
  deleted_in_dump.clear();
}

void Monitor::Impl::rest(const char* why) {
  net::log(net::LogPart::Kernel, net::LogLevel::Warning,
           "dump did not succeed ({}), trying again in a second", why);
  interrupted_in_row = 0;
  paused = true;
  pause->arm(kPause);
}

void Monitor::Impl::sweep_links() {
  std::vector<std::uint32_t> gone;
  for (const auto& [index, link] : links) {
    if (!links_seen.contains(index)) {
      gone.push_back(index);
    }
  }
  for (const std::uint32_t index : gone) {
    remove_link(index);
  }
}

void Monitor::Impl::sweep_addresses() {
  std::vector<InterfaceAddress> gone;
  std::set_difference(addresses.begin(), addresses.end(), addresses_seen.begin(),
                      addresses_seen.end(), std::back_inserter(gone));
  for (const InterfaceAddress& address : gone) {
    remove_address(address);
  }
}

void Monitor::Impl::forget_table(std::uint32_t table) {
  for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
    std::size_t position = 0;
    while (routes.sweep({.afi = afi, .table = table}, UINT32_MAX, position, kSweepStep,
                        [&](const Route& route) {
                          changed = true;
                          events.on_route_removed(route, 0);
                        })) {
    }
  }
}

}  // namespace pipit::kernel
