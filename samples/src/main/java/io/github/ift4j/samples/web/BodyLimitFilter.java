package io.github.ift4j.samples.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses bodies of more than {@value #MAX_BYTES} bytes, and those that do not say how long they are. */
@Component
@Order(3)
final class BodyLimitFilter extends OncePerRequestFilter {
    static final int MAX_BYTES = 64 << 10;

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request.getHeader("Transfer-Encoding") != null) {
            Refusal.write(response, HttpServletResponse.SC_LENGTH_REQUIRED, "the length of the body is missing");
        } else if (request.getContentLengthLong() > MAX_BYTES) {
            Refusal.write(
                    response,
                    HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE,
                    "the body is longer than " + MAX_BYTES + " bytes");
        } else {
            chain.doFilter(request, response);
        }
    }
}
