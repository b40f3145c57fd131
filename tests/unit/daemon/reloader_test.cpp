// Reloader: what a plan says happens to the RIB, to routes of our own, to the kernel's side and to
// neighbors, and nothing else does.
#include "daemon/reload/reloader.hpp"

#include <algorithm>

#include "config/load.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/daemon/lab.hpp"

using namespace pipit;
using namespace pipit::daemon;
using namespace pipit::daemon::test;
using std::chrono::seconds;

namespace {

constexpr const char* kBase = R"(
router: {asn: 64512, id: 192.0.2.254, next-hops: {via-default: false}}
policies:
  none: [{then: reject}]
originate: [{prefix: 198.18.9.0/24}, {prefix: 198.18.10.0/24}]
neighbors:
  n1: {address: 192.0.2.1, asn: 65001, import: accept, export: accept}
  n2: {address: 192.0.2.2, asn: 65001, import: accept, export: accept}
kernel: {import: [{connected: true}]}
)";

config::Config parse(std::string text) {
  auto loaded = config::load_text(text, "test.yaml");
  if (!loaded) {
    FAIL(config::to_text(loaded.error()));
  }
  REQUIRE(complete(loaded->config, nullptr));
  return loaded->config;
}

std::string changed(const std::string& from, const std::string& to) {
  std::string text = kBase;
  REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

/// Notes what it is told.
class FakeKernelSide final : public KernelSide {
 public:
  void set_options(const kernel::KernelOptions& options,
                   KernelPolicies policies,
                   std::set<net::Prefix> blackholes) override {
    ++calls;
    last = options;
    last_policies = std::move(policies);
    last_blackholes = std::move(blackholes);
  }

  std::unique_ptr<rib::LocalPreview> preview(
      const kernel::KernelOptions& /*options*/,
      std::vector<policy::PolicyRef> /*imports*/) const override {
    return nullptr;
  }

  int calls = 0;
  kernel::KernelOptions last;
  KernelPolicies last_policies;
  std::set<net::Prefix> last_blackholes;
};

class World final : private NeighborDoors {
 public:
  World() {
    running.policies.load(running.config);
    lab.start_kernel();
    reloader.apply_kernel(blackholes_of(running.config));
    originator.apply(changed_routes({}, running.config.originate));
    for (const config::NeighborConfig& neighbor : running.config.neighbors) {
      add_neighbor(neighbor, reloader.policies_of(neighbor));
    }
    lab.run(seconds(5));
    told.clear();
  }

  /// Makes the text the running configuration. Returns whether anything was different.
  bool reload(const std::string& text, bool neighbors = true) {
    told.clear();
    ReloadPlan plan = plan_reload(running, parse(text));
    const bool applied = reloader.apply(plan, neighbors) != nullptr;
    lab.run(seconds(2));
    return applied;
  }

  void add_neighbor(const config::NeighborConfig& config,
                    const NeighborPolicies& policies) override {
    told.push_back("add " + config.session.name);
    const auto number = static_cast<std::uint8_t>(config.session.name.at(1) - '0');
    lab.add(number, policies, config);
  }

  void remove_neighbor(Neighbor& neighbor) override {
    told.push_back("remove " + neighbor.name());
    const auto far = std::ranges::find(lab.fars, &neighbor, &lab_far);
    lab.speaker.remove(neighbor);
    (*far)->link->side(0).detach();
    (*far)->neighbor = nullptr;
  }

  void neighbor_changed(Neighbor& neighbor) override {
    told.push_back("change " + neighbor.name());
  }

  static const Neighbor* lab_far(const std::unique_ptr<Lab::Far>& far) { return far->neighbor; }

  Lab lab;
  RunningConfig running{.file = "test.yaml", .loaded_at = {}, .config = parse(kBase)};
  FakeKernelSide kernel;
  Originator originator{lab.loop, lab.rib};
  Reloader reloader{{.running = running,
                     .rib = lab.rib,
                     .speaker = lab.speaker,
                     .originator = originator,
                     .kernel = kernel,
                     .doors = *this}};
  std::vector<std::string> told;
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("Reloader: the same configuration changes nothing", "[reloader]") {
  World world;
  const int calls = world.kernel.calls;
  CHECK(!world.reload(kBase));
  CHECK(world.told.empty());
  CHECK(world.kernel.calls == calls);
  CHECK(world.running.generation == 0);
}

TEST_CASE("Reloader: neighbors come, go and change, each by itself", "[reloader]") {
  World world;
  CHECK(world.reload(changed("  n2: {address: 192.0.2.2", "  n3: {address: 192.0.2.3")));
  CHECK(world.told == Words{"remove n2", "add n3"});
  CHECK(world.lab.speaker.find("n2") == nullptr);
  CHECK(world.lab.speaker.find("n1")->peer->counters().established == 1);
  CHECK(world.running.generation == 1);
  CHECK(world.reload(kBase));
  CHECK(world.told == Words{"remove n3", "add n2"});
  CHECK(world.running.generation == 2);
}

TEST_CASE("Reloader: another policy reaches those that have it, without a new session",
          "[reloader]") {
  World world;
  Lab::Far& one = *world.lab.fars[0];
  one.remote->announce(prefix("198.18.1.0/24"), route("192.0.2.1"));
  world.lab.run(seconds(1));
  REQUIRE(world.lab.accepted(one.neighbor->source) == 1);
  CHECK(world.reload(changed("asn: 65001, import: accept", "asn: 65001, import: none")));
  CHECK(world.told == Words{"change n1"});
  CHECK(world.lab.accepted(one.neighbor->source) == 0);
  CHECK(world.reload(kBase));
  CHECK(world.lab.accepted(one.neighbor->source) == 1);
  CHECK(one.neighbor->peer->counters().established == 1);
}

TEST_CASE("Reloader: routes of our own come and go", "[reloader]") {
  World world;
  REQUIRE(world.lab.best("198.18.10.0/24") == rib::kOriginateSource);
  CHECK(world.reload(changed("198.18.10.0/24", "198.18.11.0/24")));
  CHECK(world.told.empty());
  CHECK(world.lab.best("198.18.9.0/24") == rib::kOriginateSource);
  CHECK(world.lab.best("198.18.10.0/24") == rib::kNoSource);
  CHECK(world.lab.best("198.18.11.0/24") == rib::kOriginateSource);
}

TEST_CASE("Reloader: the kernel's side gets its options, policies and blackholes", "[reloader]") {
  World world;
  CHECK(world.kernel.last.imports.size() == 1);
  CHECK(!world.kernel.last.exports);
  CHECK(world.reload(changed("kernel: {import: [{connected: true}]}",
                             "kernel: {import: [{connected: true, policy: none}], export: {}}")));
  CHECK(world.told.empty());
  CHECK(world.kernel.last.exports);
  REQUIRE(world.kernel.last_policies.imports.size() == 1);
  CHECK(world.kernel.last_policies.imports[0] == world.running.policies.find("none"));
  std::string text = changed("kernel: {import: [{connected: true}]}", "kernel: {export: {}}");
  const std::string plain = "originate: [{prefix: 198.18.9.0/24}";
  text.replace(text.find(plain), plain.size(),
               "originate: [{prefix: 198.18.9.0/24, kernel: blackhole}");
  CHECK(world.reload(text));
  CHECK(world.kernel.last_blackholes == std::set{prefix("198.18.9.0/24")});
}

TEST_CASE("Reloader: options of the router reach the RIB, and reset sessions where they must",
          "[reloader]") {
  World world;
  CHECK(world.reload(changed("via-default: false", "via-default: true")));
  CHECK(world.lab.rib.options().next_hops.via_default);
  CHECK(world.told.empty());
  CHECK(world.lab.fars[0]->neighbor->peer->counters().established == 1);
  CHECK(world.reload(changed("id: 192.0.2.254", "id: 192.0.2.253")));
  CHECK(world.lab.rib.options().router_id == address("192.0.2.253").to_v4());
  CHECK(world.told == Words{"change n1", "change n2"});
  world.lab.run(seconds(30));
  CHECK(world.lab.fars[0]->neighbor->peer->counters().established == 2);
}

TEST_CASE("Reloader: before the first neighbors are there none is made", "[reloader]") {
  World world;
  CHECK(world.reload(changed("  n2: {address: 192.0.2.2", "  n3: {address: 192.0.2.3"), false));
  CHECK(world.told.empty());
  CHECK(world.lab.speaker.find("n2") != nullptr);
  CHECK(world.running.config.neighbors.at(1).session.name == "n3");
}
