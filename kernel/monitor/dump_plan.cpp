#include "kernel/monitor/dump_plan.hpp"

#include <algorithm>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "kernel/netlink/route_message.hpp"

namespace pipit::kernel {

void DumpPlan::add_all(std::span<const std::uint32_t> tables) {
  add({DumpKind::Links, {}});
  add({DumpKind::Addresses, {}});
  add_routes(net::Afi::Ipv4, tables);
  add_routes(net::Afi::Ipv6, tables);
}

void DumpPlan::add_routes(net::Afi afi, std::span<const std::uint32_t> tables) {
  if (tables.empty()) {
    add({DumpKind::Routes, {.afi = afi}});
  }
  for (const std::uint32_t table : tables) {
    add({DumpKind::Routes, {.afi = afi, .table = table}});
  }
}

void DumpPlan::add(const DumpJob& job) {
  if (std::find(waiting_.begin(), waiting_.end(), job) == waiting_.end()) {
    waiting_.push_back(job);
  }
}

DumpJob DumpPlan::take() {
  const DumpJob job = waiting_.front();
  waiting_.pop_front();
  return job;
}

bool put_dump(MessageBatch& batch, const DumpJob& job, std::uint32_t sequence) {
  constexpr std::uint16_t kFlags = NLM_F_REQUEST | NLM_F_DUMP;
  switch (job.kind) {
    case DumpKind::Links:
      return batch.begin(RTM_GETLINK, kFlags, sequence, sizeof(ifinfomsg)) != nullptr &&
             batch.end();
    case DumpKind::Addresses:
      return batch.begin(RTM_GETADDR, kFlags, sequence, sizeof(ifaddrmsg)) != nullptr &&
             batch.end();
    case DumpKind::Routes:
      break;
  }
  return put_route_dump(batch,
                        {.afi = job.scope.afi,
                         .table = job.scope.table,
                         .interface_index = job.scope.interface_index},
                        sequence);
}

bool put_barrier(MessageBatch& batch, std::uint32_t sequence) {
  constexpr int kLoopbackIndex = 1;
  auto* header =
      static_cast<ifinfomsg*>(batch.begin(RTM_GETLINK, NLM_F_REQUEST, sequence, sizeof(ifinfomsg)));
  if (header == nullptr) {
    return false;
  }
  header->ifi_index = kLoopbackIndex;
  return batch.end();
}

}  // namespace pipit::kernel
