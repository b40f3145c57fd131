#include "control/request.hpp"

#include <string>

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::control;

namespace {

std::string refusal(const std::string& line) {
  const auto request = parse_request(line);
  return request ? "" : error_line(request.error());
}

std::string nested(const std::string& open, const std::string& close, std::size_t depth) {
  std::string text = R"({"command":"show routes","args":{"limit":)";
  for (std::size_t i = 0; i < depth; ++i) {
    text += open;
  }
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) {
    text += close;
  }
  return text + "}}";
}

}  // namespace

TEST_CASE("A request is read with its arguments") {
  const auto request =
      parse_request(R"({"args":{"limit":5,"best":true,"neighbor":"a"},"command":"show routes"})");
  REQUIRE(request);
  CHECK(request->command->name == "show routes");
  CHECK(request->arguments["limit"].number == 5);
  CHECK(request->arguments.has("best"));
  CHECK(request->arguments["neighbor"].text == "a");
}

TEST_CASE("A request that is nested deep is an error, and costs no stack") {
  for (const std::size_t depth :
       {std::size_t{7}, std::size_t{100}, std::size_t{10'000}, std::size_t{1'000'000}}) {
    const std::string deep =
        R"({"error":"a request is nested at most 8 levels deep","code":"protocol"})"
        "\n";
    CHECK(refusal(nested("[", "]", depth)) == deep);
    CHECK(refusal(nested("{\"a\":", "}", depth)) == deep);
    CHECK(refusal(nested("[{\"a\":", "}]", depth)) == deep);
  }
}

TEST_CASE("A list or an object is no argument") {
  const std::string wrong =
      R"({"error":"show routes: limit must be a number from 1 to 4294967295","code":"usage"})"
      "\n";
  CHECK(refusal(nested("[", "]", 1)) == wrong);
  CHECK(refusal(nested("{\"a\":", "}", 3)) == wrong);
}

TEST_CASE("What is no request is refused with what one looks like") {
  for (const char* line : {"", "1", "[]", "{", "nonsense", "\"status\"", "null",
                           "{\"command\":", "[[[[[[[[[[[[[[[[[[[[", "{}{}"}) {
    INFO(line);
    CHECK(refusal(line).find("\"code\":\"protocol\"") != std::string::npos);
  }
  CHECK(refusal("{}").find("needs \\\"command\\\"") != std::string::npos);
  CHECK(refusal(R"({"command":["status"]})").find("needs \\\"command\\\"") != std::string::npos);
  CHECK(refusal(R"({"command":"status","args":[1]})").find("is an object") != std::string::npos);
  CHECK(refusal(R"({"command":"status","args":1})").find("is an object") != std::string::npos);
  CHECK(refusal(R"({"command":"status","more":{}})").find("no member") != std::string::npos);
  CHECK(refusal(R"({"command":"nonsense"})").find("\"code\":\"usage\"") != std::string::npos);
}
