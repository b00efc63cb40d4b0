# Writes OUTPUT, a C++ source file that defines cartd::rest::openapi_text as the text of INPUT.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#include \"api/rest/openapi.h\"\n\nconst std::string_view cartd::rest::openapi_text = R\"=openapi=(${text})=openapi=\";\n")
