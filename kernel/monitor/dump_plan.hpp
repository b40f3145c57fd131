// What the monitor still has to ask the kernel for, one dump after the other, and the request that
// asks for it.
#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "kernel/monitor/route_view.hpp"
#include "kernel/netlink/message.hpp"

namespace pipit::kernel {

enum class DumpKind : std::uint8_t { Links, Addresses, Routes };

/// One dump request.
struct DumpJob {
  DumpKind kind = DumpKind::Links;
  RouteScope scope;  // of Routes

  bool operator==(const DumpJob& other) const {
    return kind == other.kind && scope.afi == other.scope.afi && scope.table == other.scope.table &&
           scope.interface_index == other.scope.interface_index;
  }
};

class DumpPlan {
 public:
  /// Everything: links, addresses, then the routes of each table (of all when empty). What waits
  /// already keeps its place, so that constant losses starve nothing.
  void add_all(std::span<const std::uint32_t> tables);
  /// All routes of one family.
  void add_routes(net::Afi afi, std::span<const std::uint32_t> tables);
  /// Adds one job unless it is waiting already.
  void add(const DumpJob& job);

  bool empty() const { return waiting_.empty(); }

  /// The job that take() will return.
  const DumpJob& front() const { return waiting_.front(); }

  DumpJob take();

 private:
  std::deque<DumpJob> waiting_;
};

/// Appends the request of a job to the batch.
bool put_dump(MessageBatch& batch, const DumpJob& job, std::uint32_t sequence);

/// Appends a request that the kernel answers only after every change of a link that it has told
/// about is complete. It says that a link is down before it takes the link's routes away, silently,
/// and newer kernels dump routes meanwhile: such a dump would confirm routes that are on their way
/// out. The answer is the state of the loopback interface.
bool put_barrier(MessageBatch& batch, std::uint32_t sequence);

}  // namespace pipit::kernel
