// Whether this is a build with a sanitizer. Programs then take several times as long: there, a test that repeats one
// thing at random does it less often.
#pragma once

namespace cartd::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

}  // namespace cartd::test
