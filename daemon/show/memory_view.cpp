// `show memory`: who holds how much, so that the parts add up to what is resident.
#include <fstream>

#include <boost/unordered/unordered_flat_set.hpp>
#include <malloc.h>
#include <unistd.h>

#include "daemon/show/kernel_view.hpp"
#include "daemon/show/resident.hpp"
#include "daemon/show/view.hpp"
#include "net/footprint.hpp"

namespace pipit::daemon {
namespace {

/// Octets of the buffers that wait to be written, each counted once.
std::uint64_t queued(const Speaker& speaker) {
  boost::unordered_flat_set<const net::Bytes*> seen;
  std::uint64_t octets = 0;
  for (const auto& neighbor : speaker.neighbors()) {
    for (const net::Bytes* const buffer : neighbor->peer->queued_buffers()) {
      if (seen.insert(buffer).second) {
        octets += net::allocated(buffer->data());
      }
    }
  }
  return octets;
}

std::uint64_t sessions(const Speaker& speaker) {
  std::uint64_t octets = 0;
  for (const auto& neighbor : speaker.neighbors()) {
    octets += sizeof(Neighbor) + neighbor->peer->memory();
  }
  return octets;
}

}  // namespace

Resident resident() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t all = 0;
  std::uint64_t mapped = 0;
  file >> total >> all >> mapped;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return {all * page, mapped * page};
}

std::uint64_t free_octets() {
  return ::mallinfo2().fordblks;
}

control::MemoryModel View::memory() const {
  const rib::RibMemory rib = parts_.rib.memory();
  const KernelView view(parts_.kernel);
  const KernelView::Memory kernel = view.memory();
  const control::KernelModel routes = view.status();
  std::uint64_t destinations = 0;
  std::uint64_t paths = 0;
  for (const net::Family family : net::kFamilies) {
    destinations += parts_.rib.table(family).destinations().size();
    paths += parts_.rib.table(family).path_count();
  }
  const std::size_t neighbors = parts_.speaker.neighbors().size();
  const Resident held = resident();
  control::MemoryModel model;
  model.resident_octets = held.all;
  model.parts = {
      {"attributes", rib.attributes, parts_.rib.attributes().size()},
      {"destinations", rib.destinations, destinations},
      {"paths", rib.paths, paths},
      {"index", rib.index, destinations},
      {"journal", rib.journal, 0},
      {"queues", rib.queues, parts_.rib.backlog()},
      {"next-hops", rib.next_hops, parts_.rib.next_hops().size()},
      {"adj-rib-out", parts_.groups.memory(), parts_.groups.groups().size()},
      {"packing", parts_.groups.packer_memory(), 0},
      {"write-queues", queued(parts_.speaker), neighbors},
      {"sessions", sessions(parts_.speaker), neighbors},
      {"kernel-view", kernel.view, routes.imported},
      {"kernel-writer", kernel.writer, routes.exported},
      {"program", held.mapped, 0},
      {"free", free_octets(), 0},
  };
  return model;
}

}  // namespace pipit::daemon
