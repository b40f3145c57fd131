// A route reflector with three clients, for the tests of update groups.
#pragma once

#include "tests/unit/rib/export_fixture.hpp"

namespace pipit::rib {

/// 10.0.0.0/24, 10.0.1.0/24, ...
inline std::vector<std::string> numbered(unsigned count, unsigned from = 0) {
  std::vector<std::string> prefixes;
  for (unsigned i = from; i < from + count; ++i) {
    prefixes.push_back("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24");
  }
  return prefixes;
}

/// A reflector and three clients.
struct Clients : ExportFixture {
  explicit Clients(const ExportLimits& limits = {}) : ExportFixture(limits) {
    a = internal_neighbor("192.0.2.1", 1, true);
    b = internal_neighbor("192.0.2.2", 2, true);
    c = internal_neighbor("192.0.2.3", 3, true);
  }

  MemberId join(SourceId source, Receiver& receiver) {
    receiver.router_id = rib.sources()[source].router_id;
    return groups.add_member(member_info(source), receiver);
  }

  void settle(std::initializer_list<Receiver*> receivers) {
    loop.settle();
    for (Receiver* one : receivers) {
      one->drain();
    }
  }

  SourceId a;
  SourceId b;
  SourceId c;
};

}  // namespace pipit::rib
