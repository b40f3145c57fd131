#include "control/protocol/answers.hpp"

#include <array>

#include "control/protocol/shown_config.hpp"
#include "control/protocol/shown_explain.hpp"
#include "control/protocol/shown_neighbors.hpp"
#include "control/protocol/shown_routes.hpp"
#include "control/protocol/shown_system.hpp"

namespace pipit::control {
namespace {

using namespace shown;

using Records = std::span<const Record* const>;

/// An array of these records that lives as long as the program.
template <const Record&... kRecords>
constexpr std::array<const Record*, sizeof...(kRecords)> kAll{&kRecords...};

template <const Record& kRow>
constexpr AnswerSpec list(std::string_view command, std::string_view when = {}) {
  return {command, when, kAll<kRow>, kAll<kListEnd>};
}

template <const Record& kModel>
constexpr AnswerSpec object(std::string_view command, std::string_view when = {}) {
  return {command, when, {}, kAll<kDone, kModel>};
}

constexpr std::array kAnswers{
    object<kStatus>("status"),
    list<kNeighbor>("show neighbors"),
    object<kNeighborDetail>("show neighbor"),
    list<kRoute>("show routes"),
    list<kRoute>("show route"),
    AnswerSpec{"show kernel", {}, kAll<kKernelRoute>, kAll<kListEnd, kKernelEnd>},
    list<kNextHop>("show next-hops"),
    list<kGroup>("show groups"),
    list<kPolicy>("show policies"),
    list<kSet>("show sets"),
    object<kMemory>("show memory"),
    object<kConfig>("show config"),
    list<kConfigChange>("show config", "diff"),
    list<kConfigHistory>("show config", "history"),
    object<kExplanation>("explain"),
    object<kExplanationFrom>("explain", "from"),
    object<kExplanationTo>("explain", "to"),
    object<kExplanationNeighbor>("explain neighbor"),
    object<kMessage>("neighbor enable"),
    object<kMessage>("neighbor disable"),
    object<kMessage>("neighbor reset"),
    object<kMessage>("neighbor refresh"),
    object<kManyNeighbors>("neighbors enable"),
    object<kManyNeighbors>("neighbors disable"),
    object<kManyNeighbors>("neighbors reset"),
    object<kManyNeighbors>("neighbors refresh"),
    object<kManyNeighbors>("group enable"),
    object<kManyNeighbors>("group disable"),
    object<kManyNeighbors>("group reset"),
    object<kManyNeighbors>("group refresh"),
    object<kReload>("reload"),
    AnswerSpec{"reload", "dry-run", kAll<kPlannedRoute, kPlannedNeighbor>, kAll<kListEnd, kReload>},
    object<kMessage>("confirm"),
    object<kReload>("rollback"),
    object<kConfigCheck>("check"),
};

}  // namespace

std::span<const AnswerSpec> answer_specs() {
  return kAnswers;
}

}  // namespace pipit::control
