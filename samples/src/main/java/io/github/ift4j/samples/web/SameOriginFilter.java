package io.github.ift4j.samples.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Set;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses what another page makes a browser ask for. A request that changes something must say that it comes from a page of this
 * application, by {@code Sec-Fetch-Site} or, of browsers that lack it, by {@code Origin}; and an application that only this machine can
 * reach answers only to this machine's names, so that a foreign name that points here cannot read it.
 */
@Component
@Order(1)
final class SameOriginFilter extends OncePerRequestFilter {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> LOCAL_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final boolean local;

    SameOriginFilter(@Value("${server.address}") InetAddress address) {
        this.local = address.isLoopbackAddress();
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (local && !LOCAL_NAMES.contains(request.getServerName())) {
            Refusal.write(response, HttpServletResponse.SC_FORBIDDEN, "this is not the name of this machine");
        } else if (!SAFE.contains(request.getMethod()) && !isSameOrigin(request)) {
            Refusal.write(response, HttpServletResponse.SC_FORBIDDEN, "the request does not come from this page");
        } else {
            chain.doFilter(request, response);
        }
    }

    private static boolean isSameOrigin(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) {
            return site.equals("same-origin");
        }
        return (request.getScheme() + "://" + request.getHeader("Host")).equals(request.getHeader("Origin"));
    }
}
