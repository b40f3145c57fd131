// What happens while import runs over a table again.
#include <memory>

#include "tests/unit/rib/export_fixture.hpp"
#include "tests/unit/rib/numbered_policy.hpp"

namespace pipit::rib {
namespace {

std::vector<std::string> numbered(unsigned count) {
  std::vector<std::string> prefixes;
  for (unsigned i = 0; i < count; ++i) {
    prefixes.push_back("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24");
  }
  return prefixes;
}

}  // namespace

TEST_CASE("Updates that come while import runs again over a long table are not undone by it") {
  ExportFixture f;
  const SourceId peer = f.neighbor("192.0.2.1", 64501, 5);
  const SourceId other = f.neighbor("192.0.2.2", 64502, 6);
  Receiver receiver(false);
  f.groups.add_member(f.member_info(other), receiver);
  const std::vector<std::string> all = numbered(8000);
  f.announce(peer, {.as_path = "64501 1"}, all);
  f.loop.settle();
  receiver.drain();
  REQUIRE(receiver.table.size() == all.size());

  // Every fourth is no longer taken; meanwhile some go, some come back, some change.
  f.rib.sources()[peer].import_policy = std::make_shared<NumberedPolicy>(1, 9, true);
  f.rib.reevaluate_import(peer);
  unsigned slices = 0;
  for (unsigned i = 0; f.loop.step(); ++i) {
    ++slices;
    if (i < 40) {
      f.withdraw(peer, {all[i * 190], all[7999 - i]});
      f.announce(peer, {.as_path = "64501 2"}, {all[i * 190 + 1], all[7900 - i], all[i * 190]});
    }
  }
  REQUIRE(slices > 8);
  receiver.drain();

  std::map<net::Prefix, std::string> wanted;
  for (const std::string& one : all) {
    if (prefix(one).address().octets()[2] % 4 != 1) {
      wanted[prefix(one)] = "64501 1";
    }
  }
  for (unsigned i = 0; i < 40; ++i) {
    wanted.erase(prefix(all[7999 - i]));
    for (const std::string& one : {all[i * 190 + 1], all[7900 - i], all[i * 190]}) {
      if (prefix(one).address().octets()[2] % 4 != 1) {
        wanted[prefix(one)] = "64501 2";
      }
    }
  }
  REQUIRE(receiver.table.size() == wanted.size());
  for (const auto& [to, path] : wanted) {
    INFO(to.to_string());
    REQUIRE(receiver.table.contains(to));
    CHECK(receiver.table.at(to).as_path == *bgp::parse_as_path("64500 " + path));
  }
  CHECK(receiver.repeated == 0);
  CHECK(receiver.idle_withdrawals == 0);
}

}  // namespace pipit::rib
