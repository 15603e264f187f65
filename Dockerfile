# The app in a container that only this computer reaches:
#   docker build -t hrtem-domains . && docker run --rm -p 127.0.0.1:8501:8501 hrtem-domains
FROM python:3.13-slim
WORKDIR /app
COPY requirements.txt ./
COPY requirements requirements
# Not requirements/formats.txt: rosettasciio is under the GPL, all that is installed here is not.
RUN pip install --no-cache-dir -r requirements.txt && useradd --create-home app
COPY . .
USER app
# Else every visitor's thread keeps freed memory of its own, and huge pages bring back what numpy has freed.
ENV MALLOC_ARENA_MAX=2 NUMPY_MADVISE_HUGEPAGE=0
EXPOSE 8501
HEALTHCHECK --start-period=30s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://localhost:8501/_stcore/health', timeout=3)"]
CMD ["streamlit", "run", "streamlit_app.py", "--server.address=0.0.0.0", "--server.headless=true"]
