package io.github.ift4j.samples.web;

import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Lets each client ask so often: {@value #BURST} requests at once, {@value #PER_SECOND} a second in the long run. */
@Component
@Order(2)
final class RateLimitFilter extends OncePerRequestFilter {
    static final int BURST = 60;
    static final int PER_SECOND = 10;

    private static final int MAX_CLIENTS = 10_000;

    private final LoadingCache<String, TokenBucket> buckets;
    private final LongSupplier clock;

    @Autowired
    RateLimitFilter() {
        this(System::nanoTime);
    }

    RateLimitFilter(LongSupplier clock) {
        this.clock = clock;
        this.buckets = CacheBuilder.newBuilder()
                .maximumSize(MAX_CLIENTS)
                .expireAfterAccess(Duration.ofMinutes(10))
                .build(CacheLoader.from(() -> new TokenBucket(BURST, PER_SECOND, clock.getAsLong())));
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getRequestURI().startsWith("/api/");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (buckets.getUnchecked(request.getRemoteAddr()).take(clock.getAsLong())) {
            chain.doFilter(request, response);
        } else {
            response.setHeader("Retry-After", "1");
            Refusal.write(response, 429, "too many requests; wait a second");
        }
    }
}
